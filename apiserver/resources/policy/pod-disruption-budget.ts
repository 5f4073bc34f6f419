/** PodDisruptionBudget: how many pods of a set may be missing on purpose. */

import type { PodDisruptionBudget } from '../../../api/types.ts'
import {
  type IntOrPercent,
  validateAtMostAll,
  validateIntOrPercent,
} from '../apps/int-or-percent-validation.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { validateConditions } from '../condition-validation.ts'
import { type FieldErrors, invalid, nonNegative, oneOf } from '../field-errors.ts'
import { validateLabelSelector } from '../label-selector-validation.ts'
import { type Column, defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'

const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const

function* validateBudget({ spec = {} }: PodDisruptionBudget): FieldErrors {
  const { minAvailable, maxUnavailable } = spec
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    yield invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')
  for (const [name, count] of Object.entries({ minAvailable, maxUnavailable }))
    if (count !== undefined) {
      yield* validateIntOrPercent(count, `spec.${name}`)
      yield* validateAtMostAll(count, `spec.${name}`)
    }
  yield* validateLabelSelector(spec.selector, 'spec.selector')
  yield* oneOf('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, [
    'AlwaysAllow',
    'IfHealthyBudget',
  ])
}

function* validateStatus({ status }: PodDisruptionBudget): FieldErrors {
  yield* validateConditions(status?.conditions, 'status.conditions')
  for (const name of counts) yield* nonNegative(`status.${name}`, status?.[name])
}

const countColumn = (
  name: string,
  count: (budget: PodDisruptionBudget) => IntOrPercent | undefined,
  description: string,
): Column<PodDisruptionBudget> => ({
  name,
  type: 'string',
  description,
  cell: (budget) => String(count(budget) ?? 'N/A'),
})

export const podDisruptionBudgets = defineResource<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  namespaced: true,
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  strategy: {
    ...statusStrategy<PodDisruptionBudget>(() => ({
      disruptionsAllowed: 0,
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
    })),
    unconditionalUpdate: false,
    validate: (budget) => [...validateBudget(budget)],
    validateStatusUpdate: (budget) => [...validateStatus(budget)],
  },
  subresources: [statusSubresource],
  columns: [
    nameColumn,
    countColumn(
      'Min Available',
      ({ spec }) => spec?.minAvailable,
      'How many pods must be available, at least.',
    ),
    countColumn(
      'Max Unavailable',
      ({ spec }) => spec?.maxUnavailable,
      'How many pods may be unavailable, at most.',
    ),
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      description: 'How many pods may be taken away now.',
      cell: ({ status }) => status?.disruptionsAllowed ?? 0,
    },
    ageColumn,
  ],
})
