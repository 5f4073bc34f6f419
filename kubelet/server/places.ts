/** From a route to what runs on this node. */

import type { FoundContainer, FoundPod, PodLookup } from '../pods/pod-lookup.ts'
import { Refusal } from './refusal.ts'
import type { PodPlace } from './routes.ts'

export function podAt(pods: PodLookup, { namespace, pod, uid }: PodPlace): FoundPod {
  const found = pods.find(namespace, pod, uid)
  if (!found) throw new Refusal(404, `pod ${namespace}/${pod} does not run on this node`)
  return found
}

export function runningContainer(found: FoundPod, name: string): FoundContainer {
  const container = found.containers.find((candidate) => candidate.name === name)
  if (container?.state === 'running') return container
  throw new Refusal(container ? 400 : 404, `container not found ("${name}")`)
}
