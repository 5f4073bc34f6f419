/** A pod with everything that placing it needs, worked out once. */

import type { Pod } from '../../api/types.ts'
import { controllerOf } from '../framework/index.ts'
import { podRequests, type Resources, scoredRequests } from './resources.ts'
import { type PodTerm, podTerm } from './terms.ts'

export interface HostPort {
  ip: string
  /** `TCP/8080`. */
  key: string
}

export interface PodInfo {
  pod: Pod
  uid: string
  namespace: string
  priority: number
  requests: Resources
  /** For comparing nodes: containers that ask for nothing count for something. */
  scored: Resources
  ports: readonly HostPort[]
  /** Uid of its controller. */
  owner: string | undefined
  affinity: readonly PodTerm[]
  antiAffinity: readonly PodTerm[]
  preferred: readonly PodTerm[]
  avoided: readonly PodTerm[]
}

const anyAddress = new Set(['', '0.0.0.0', '::'])
export const wildcard = '0.0.0.0'

export function podInfo(pod: Pod): PodInfo {
  const { metadata, spec } = pod
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  const required = 'requiredDuringSchedulingIgnoredDuringExecution'
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'
  return {
    pod,
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    priority: spec?.priority ?? 0,
    requests: podRequests(spec),
    scored: scoredRequests(spec),
    ports: hostPorts(pod),
    owner: controllerOf(pod)?.uid,
    affinity: (podAffinity?.[required] ?? []).map((term) => podTerm(term, pod)),
    antiAffinity: (podAntiAffinity?.[required] ?? []).map((term) => podTerm(term, pod)),
    preferred: (podAffinity?.[preferred] ?? []).map(({ podAffinityTerm, weight }) =>
      podTerm(podAffinityTerm, pod, weight),
    ),
    avoided: (podAntiAffinity?.[preferred] ?? []).map(({ podAffinityTerm, weight }) =>
      podTerm(podAffinityTerm, pod, weight),
    ),
  }
}

function hostPorts({ spec }: Pod): HostPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === 'Always',
  )
  return [...(spec?.containers ?? []), ...sidecars].flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
      .map(({ hostIP = '', protocol = 'TCP', hostPort }) => ({
        ip: anyAddress.has(hostIP) ? wildcard : hostIP,
        key: `${protocol}/${hostPort}`,
      })),
  )
}
