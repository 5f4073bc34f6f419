/** RoleBinding: who has a role in one namespace. */

import type { RoleBinding } from '../../../api/types.ts'
import { pathSegmentProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import {
  bindingColumns,
  defaultBinding,
  validateBinding,
  validateSameRole,
} from './binding-rules.ts'

export const roleBindings = defineResource<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  namespaced: true,
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  validateName: pathSegmentProblems,
  strategy: {
    generation: false,
    createOnUpdate: true,
    default: defaultBinding,
    validate: (binding) => [
      ...validateBinding(binding, ['Role', 'ClusterRole'], { namespaced: true }),
    ],
    validateUpdate: (binding, old) => [...validateSameRole(binding, old)],
  },
  subresources: [],
  columns: bindingColumns,
})
