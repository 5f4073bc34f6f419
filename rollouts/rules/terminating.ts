/** All that is left is old pods that end: they have a grace period, and perhaps finalizers. */

import { isPodTerminating } from '../../api/pod-status.ts'
import type { Pod } from '../../api/types.ts'
import { isRollingUpdate } from '../bounds.ts'
import { type Explanation, evidenceLimit } from '../explanation.ts'
import { byCreation } from '../family.ts'
import { counted, span } from '../span.ts'
import type { Facts } from './facts.ts'

export function terminating(facts: Facts): Explanation | undefined {
  const { newest, old } = facts.family
  const going = [...old].sort(byCreation).flatMap(({ pods }) => pods.filter(isPodTerminating))
  if (going.length === 0) return undefined
  const done = (newest?.replicaSet.status?.availableReplicas ?? 0) >= facts.bounds.desired
  if (isRollingUpdate(facts.deployment) && !done) return undefined
  const verb = going.length === 1 ? 'is' : 'are'
  return {
    code: 'terminating',
    verdict: `${counted(going.length, 'old pod')} ${verb} still ending.`,
    severity: 'info',
    hopeless: false,
    because: going
      .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
      .slice(0, evidenceLimit)
      .map((pod) => ({
        object: `pod/${pod.metadata.name}`,
        field: 'metadata.deletionTimestamp',
        message: endsBy(pod, facts.now),
      })),
    next: 'Wait for their grace periods, or see what holds their finalizers.',
  }
}

function endsBy({ metadata }: Pod, now: number | undefined): string {
  const { deletionTimestamp = '', finalizers } = metadata
  const left = now === undefined ? undefined : Date.parse(deletionTimestamp) - now
  const clock =
    left === undefined ? '' : left > 0 ? `, ${span(left)} left` : `, ${span(-left)} overdue`
  const held = finalizers?.length ? `, held by ${finalizers.join(', ')}` : ''
  return `to be gone by ${deletionTimestamp}${clock}${held}`
}
