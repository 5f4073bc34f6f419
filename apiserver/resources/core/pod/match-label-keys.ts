/**
 * `matchLabelKeys` asks for "the same value as mine": when a pod is created, its own labels' values are written into
 * the selectors, so that the scheduler needs to know only selectors.
 */

import type { LabelSelector, Pod, PodSpec } from '../../../../api/types.ts'

type Affinity = NonNullable<PodSpec['affinity']>
type Terms = NonNullable<Affinity['podAffinity']>
interface Keyed {
  labelSelector?: LabelSelector
  matchLabelKeys?: string[]
  mismatchLabelKeys?: string[]
}

/** Changes the pod's affinity terms and spread constraints; once, on create. */
export function expandMatchLabelKeys({ metadata, spec }: Pod): void {
  const labels = new Map(Object.entries(metadata.labels ?? {}))
  const terms: Keyed[] = [
    ...termsOf(spec?.affinity?.podAffinity),
    ...termsOf(spec?.affinity?.podAntiAffinity),
    ...(spec?.topologySpreadConstraints ?? []),
  ]
  for (const { labelSelector, matchLabelKeys, mismatchLabelKeys } of terms) {
    if (!labelSelector) continue
    add(labelSelector, matchLabelKeys, 'In', labels)
    add(labelSelector, mismatchLabelKeys, 'NotIn', labels)
  }
}

const termsOf = (terms: Terms | undefined): Keyed[] => [
  ...(terms?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
  ...(terms?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
    ({ podAffinityTerm }) => podAffinityTerm,
  ),
]

function add(
  selector: LabelSelector,
  keys: string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: ReadonlyMap<string, string>,
): void {
  for (const key of keys ?? []) {
    const value = labels.get(key)
    if (value === undefined) continue
    selector.matchExpressions ??= []
    selector.matchExpressions.push({ key, operator, values: [value] })
  }
}
