/** Pods are ready, and have to stay so for `minReadySeconds` before they count as available. */

import { availableFrom, isPodActive } from '../../api/pod-status.ts'
import type { Explanation } from '../explanation.ts'
import { counted, span } from '../span.ts'
import type { Facts } from './facts.ts'

export function minReady({ deployment, family, now }: Facts): Explanation | undefined {
  const { replicaSet, pods = [] } = family.newest ?? {}
  const { readyReplicas = 0, availableReplicas = 0 } = replicaSet?.status ?? {}
  const seconds = deployment.spec?.minReadySeconds ?? 0
  if (seconds === 0 || readyReplicas <= availableReplicas) return undefined
  const moments = pods
    .filter(isPodActive)
    .flatMap((pod) => availableFrom(pod, seconds) ?? [])
    .filter((moment) => now !== undefined && moment > now)
  const wait = now === undefined ? undefined : Math.min(...moments) - now
  return {
    code: 'min-ready',
    verdict: `${counted(readyReplicas - availableReplicas, 'ready pod')} must stay ready for ${seconds} s.`,
    severity: 'info',
    hopeless: false,
    because: [
      {
        object: `replicaset/${replicaSet?.metadata.name}`,
        field: 'spec.minReadySeconds',
        message: `${readyReplicas} ready, ${availableReplicas} of them available`,
      },
    ],
    next:
      wait !== undefined && Number.isFinite(wait)
        ? `It goes on by itself: the next is available in ${span(wait)}.`
        : 'It goes on by itself.',
  }
}
