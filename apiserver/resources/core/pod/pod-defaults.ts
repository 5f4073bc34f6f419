/** What a pod gets beside what its template would: requests from limits, host ports, addresses in both forms. */

import type { Container, Pod, PodStatus } from '../../../../api/types.ts'
import { defaultPodRequests } from './pod-resources-validation.ts'
import { defaultPodSpec } from './pod-template-defaults.ts'

/** Changes `pod`; idempotent. */
export function defaultPod(pod: Pod): void {
  const { spec, status } = pod
  if (spec) {
    defaultPodSpec(spec)
    const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
    for (const container of containers) {
      defaultRequests(container)
      if (spec.hostNetwork)
        for (const port of container.ports ?? []) port.hostPort ||= port.containerPort
    }
    defaultPodRequests(spec)
    spec.enableServiceLinks ??= true
  }
  if (status) defaultAddresses(status)
}

/** Who limits a resource and does not say what it requests, requests that much. */
function defaultRequests({ resources }: Container): void {
  if (!resources?.limits || Object.keys(resources.limits).length === 0) return
  resources.requests = { ...resources.limits, ...resources.requests }
}

/** `podIP` is the first of `podIPs`; a writer of one of them means both. */
function defaultAddresses(status: PodStatus): void {
  const { podIP, podIPs = [] } = status
  if (podIP && podIPs[0]?.ip !== podIP) status.podIPs = [{ ip: podIP }]
  else if (!podIP && podIPs[0]?.ip) status.podIP = podIPs[0].ip
}
