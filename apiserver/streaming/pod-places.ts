/** Where a stream of a pod leads: the pod, which of its containers, and the node that they are on. */

import type { Node, Pod } from '../../api/types.ts'
import { badRequest, internalError } from '../http/status.ts'
import type { SubresourceRequest } from '../http/subresource-handler.ts'

export async function podOf({ registry, target, context }: SubresourceRequest): Promise<Pod> {
  const { resource, namespace, name } = target
  const cached = await registry.get({ resource, namespace, name }, undefined, context)
  return cached.object as unknown as Pod
}

export async function nodeOf(pod: Pod, { registry, context }: SubresourceRequest): Promise<Node> {
  const resource = registry.find('', 'v1', 'nodes')
  if (!resource) throw internalError('nodes are not served')
  const name = pod.spec?.nodeName
  const cached = await registry.get({ resource, namespace: '', name }, undefined, context)
  return cached.object as unknown as Node
}

/** The container that the query names, or the pod's only one. */
export function containerOf(pod: Pod, query: URLSearchParams): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {}
  const asked = query.get('container') ?? ''
  const names = [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name)
  if (asked === '') {
    if (containers.length === 1) return containers[0]?.name ?? ''
    throw badRequest(
      `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
    )
  }
  if (names.includes(asked)) return asked
  throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`)
}

/** Of a container, in the paths of its node's server. */
export function containerPlace(
  what: string,
  { metadata: { namespace, name } }: Pod,
  container: string,
): string {
  return `/${what}/${namespace}/${name}/${encodeURIComponent(container)}`
}
