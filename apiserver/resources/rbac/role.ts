/** Role: what may be done in one namespace by those who are bound to it. */

import type { Role } from '../../../api/types.ts'
import { createdAtColumn, nameColumn } from '../common-columns.ts'
import { pathSegmentProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { validatePolicyRules } from './policy-rule-validation.ts'

export const roles = defineResource<Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  namespaced: true,
  schema: 'io.k8s.api.rbac.v1.Role',
  validateName: pathSegmentProblems,
  strategy: {
    generation: false,
    createOnUpdate: true,
    validate: ({ rules }) => [...validatePolicyRules(rules, { namespaced: true })],
  },
  subresources: [],
  columns: [nameColumn, createdAtColumn],
})
