/** All is well and under way: how far it is, how fast it goes, and how long that may take. */

import { isPodActive, isPodReady } from '../../api/pod-status.ts'
import type { Explanation } from '../explanation.ts'
import { span } from '../span.ts'
import { at, type Facts } from './facts.ts'

export function goesOn(facts: Facts): Explanation {
  const { deployment, bounds, family } = facts
  const { updatedReplicas = 0, availableReplicas = 0 } = deployment.status ?? {}
  const ofNewest = family.newest?.replicaSet.status?.availableReplicas ?? 0
  const message = `${availableReplicas} available in all`
  return {
    code: 'progressing',
    verdict: `${updatedReplicas} of ${bounds.desired} replicas are updated, ${ofNewest} of them available.`,
    severity: 'info',
    hopeless: false,
    because: [{ object: at(facts), field: 'status.availableReplicas', message }],
    next: `It goes on by itself${estimate(facts, ofNewest)}.`,
  }
}

/** By the pace so far: from the first new pod until now. Without at least two pods there is no pace. */
function estimate({ family, bounds, now }: Facts, available: number): string {
  if (now === undefined || available < 2) return ''
  const started = (family.newest?.pods ?? [])
    .filter((pod) => isPodActive(pod) && isPodReady(pod))
    .map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''))
  const elapsed = now - Math.min(...started)
  const left = bounds.desired - available
  if (!(elapsed > 0) || !Number.isFinite(elapsed) || left <= 0) return ''
  const perMinute = (available * 60_000) / elapsed
  const pace = perMinute >= 10 ? perMinute.toFixed(0) : perMinute.toFixed(1)
  return `: at ${pace} pods a minute about ${span((left * elapsed) / available)} are left`
}
