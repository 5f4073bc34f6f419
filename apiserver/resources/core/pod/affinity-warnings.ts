/** Wishes for a node that select by labels with a successor, or select nothing. */

import type { PodSpec } from '../../../../api/types.ts'
import { expressionWarnings, keyWarnings, type Warnings } from '../node-label-warnings.ts'

type Affinity = NonNullable<PodSpec['affinity']>

export function* affinityWarnings(spec: PodSpec, field: string): Warnings {
  const { affinity, topologySpreadConstraints: spreads } = spec
  if (affinity) yield* nodeWarnings(affinity, `${field}.affinity.nodeAffinity`)
  for (const [index, { topologyKey, labelSelector }] of (spreads ?? []).entries()) {
    const at = `${field}.topologySpreadConstraints[${index}]`
    yield* keyWarnings(topologyKey, `${at}.topologyKey`)
    if (!labelSelector) yield selectsNothing(at)
  }
  if (affinity)
    for (const kind of ['podAffinity', 'podAntiAffinity'] as const)
      yield* podWarnings(affinity, kind, `${field}.affinity.${kind}`)
}

const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'

const selectsNothing = (field: string) =>
  `${field}.labelSelector: a null labelSelector results in matching no pod`

function* nodeWarnings({ nodeAffinity }: Affinity, field: string): Warnings {
  const terms = nodeAffinity?.[required]?.nodeSelectorTerms ?? []
  for (const [index, { matchExpressions }] of terms.entries())
    yield* expressionWarnings(matchExpressions, `${field}.${required}.nodeSelectorTerms[${index}]`)
  for (const [index, { preference }] of (nodeAffinity?.[preferred] ?? []).entries())
    yield* expressionWarnings(
      preference.matchExpressions,
      `${field}.${preferred}[${index}].preference`,
    )
}

function* podWarnings(
  affinity: Affinity,
  kind: 'podAffinity' | 'podAntiAffinity',
  field: string,
): Warnings {
  for (const [index, { labelSelector }] of (affinity[kind]?.[required] ?? []).entries())
    if (!labelSelector) yield selectsNothing(`${field}.${required}[${index}]`)
  for (const [index, { podAffinityTerm }] of (affinity[kind]?.[preferred] ?? []).entries())
    if (!podAffinityTerm.labelSelector)
      yield selectsNothing(`${field}.${preferred}[${index}].podAffinityTerm`)
}
