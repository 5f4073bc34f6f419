/** LimitRange: what a single pod, container or claim of a namespace may ask for, and what it gets if it does not say. */

import type { LimitRange } from '../../../api/types.ts'
import { canonicalizeResources } from '../canonical-quantity.ts'
import { createdAtColumn, nameColumn } from '../common-columns.ts'
import { defineResource } from '../resource.ts'
import { validateLimitRange } from './limit-range-validation.ts'

type Limits = NonNullable<LimitRange['spec']>['limits'][number]

/** A container gets its limit from the most there may be, and its request from its limit, or from the least. */
function defaultLimits(limits: Limits): void {
  const { max, min, maxLimitRequestRatio } = limits
  for (const amounts of [max, min, limits.default, limits.defaultRequest, maxLimitRequestRatio])
    canonicalizeResources(amounts)
  if (limits.type !== 'Container') return
  limits.default = { ...max, ...limits.default }
  limits.defaultRequest = { ...min, ...limits.default, ...limits.defaultRequest }
}

export const limitRanges = defineResource<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.LimitRange',
  strategy: {
    generation: false,
    createOnUpdate: true,
    default({ spec }) {
      for (const limits of spec?.limits ?? []) defaultLimits(limits)
    },
    validate: (range) => [...validateLimitRange(range)],
  },
  subresources: [],
  columns: [nameColumn, createdAtColumn],
})
