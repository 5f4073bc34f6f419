/** The new template is all there is, and all of it is available. */

import { isPodActive } from '../../api/pod-status.ts'
import type { Explanation } from '../explanation.ts'
import { placesOf } from '../troubles/index.ts'
import type { Place } from '../troubles/trouble.ts'
import type { Facts } from './facts.ts'

export function complete(facts: Facts): Explanation | undefined {
  const { deployment, bounds, family } = facts
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = deployment.status ?? {}
  const { desired } = bounds
  if (updatedReplicas !== desired || replicas !== desired || availableReplicas !== desired)
    return undefined
  if (!family.newest || isUnsettled(facts)) return undefined
  return {
    code: 'complete',
    verdict:
      desired === 1
        ? 'The replica is up to date and available.'
        : `All ${desired} replicas are up to date and available.`,
    severity: 'ok',
    hopeless: false,
    because: [],
    next: 'Nothing.',
  }
}

/** How long a container has to run after a crash until its readiness is believed: the first back-off of kubelets. */
const settleMs = 10_000

/** Without a readiness probe a container that crashes again and again counts as ready, each time for a moment. */
const isUnsettled = ({ family, now }: Facts): boolean =>
  (family.newest?.pods ?? []).some(
    (pod) => isPodActive(pod) && placesOf(pod).some((place) => crashedLately(place, now)),
  )

function crashedLately({ init, status: { state, lastState } }: Place, now?: number): boolean {
  if (init) return false
  if (state?.terminated || state?.waiting?.reason === 'CrashLoopBackOff') return true
  const finishedAt = lastState?.terminated?.finishedAt
  return now !== undefined && finishedAt !== undefined && now - Date.parse(finishedAt) < settleMs
}
