/** ClusterRole: what may be done in all of the cluster, or in a namespace where a RoleBinding says so. */

import type { ClusterRole } from '../../../api/types.ts'
import { createdAtColumn, nameColumn } from '../common-columns.ts'
import { type FieldErrors, required } from '../field-errors.ts'
import { validateLabelSelector } from '../label-selector-validation.ts'
import { pathSegmentProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { validatePolicyRules } from './policy-rule-validation.ts'

const selectorsField = 'aggregationRule.clusterRoleSelectors'

export const clusterRoles = defineResource<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  validateName: pathSegmentProblems,
  strategy: {
    generation: false,
    createOnUpdate: true,
    validate: (role) => [
      ...validatePolicyRules(role.rules, { namespaced: false }),
      ...validateAggregation(role),
    ],
  },
  subresources: [],
  columns: [nameColumn, createdAtColumn],
})

function* validateAggregation({ aggregationRule }: ClusterRole): FieldErrors {
  if (!aggregationRule) return
  const selectors = aggregationRule.clusterRoleSelectors ?? []
  if (selectors.length === 0)
    yield required(
      selectorsField,
      'at least one clusterRoleSelector required if aggregationRule is non-nil',
    )
  for (const [index, selector] of selectors.entries())
    yield* validateLabelSelector(selector, `${selectorsField}[${index}]`)
}
