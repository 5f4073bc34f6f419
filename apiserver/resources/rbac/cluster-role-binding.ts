/** ClusterRoleBinding: who has a role in all of the cluster. */

import type { ClusterRoleBinding } from '../../../api/types.ts'
import { pathSegmentProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import {
  bindingColumns,
  defaultBinding,
  validateBinding,
  validateSameRole,
} from './binding-rules.ts'

export const clusterRoleBindings = defineResource<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  validateName: pathSegmentProblems,
  strategy: {
    generation: false,
    createOnUpdate: true,
    default: defaultBinding,
    validate: (binding) => [...validateBinding(binding, ['ClusterRole'], { namespaced: false })],
    validateUpdate: (binding, old) => [...validateSameRole(binding, old)],
  },
  subresources: [],
  columns: bindingColumns,
})
