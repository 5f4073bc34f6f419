/**
 * `GET /tiphys/v1/log`: what a container wrote over all its instances, also when its pod is gone: history knows on which
 * node the pod was, and that node keeps for a while what it wrote.
 */

import type { Node, Pod } from '../../api/types.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Authorizer, denied } from '../auth/authorization.ts'
import type { Exchange } from '../http/exchange.ts'
import { passOn } from '../http/pass-on.ts'
import { badRequest, StatusError } from '../http/status.ts'
import { notServedYet } from '../http/subresource-handler.ts'
import type { User } from '../registry/registry.ts'
import type { ResourceSet } from '../registry/resource-set.ts'
import { labelProblems } from '../resources/name-validation.ts'
import type { Storage } from '../storage/storage.ts'
import { servedSubjects } from './subjects.ts'
import { storedVersions, type Versions } from './versions.ts'
import type { Subjects } from './write.ts'

export interface LogPorts {
  storage: Storage
  clock: Clock
  resources: Pick<ResourceSet, 'all' | 'named'>
  authorize: Authorizer
  /** The answer of a node's own server to a GET of a path; without it there are no logs. @throws StatusError */
  askNode?(node: Node, path: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>>
}

/** @throws StatusError 400, 403, 404, 501, and what the node says */
export async function serveLog(
  ports: LogPorts,
  exchange: Exchange,
  query: URLSearchParams,
  user: User,
): Promise<void> {
  const wish = logWish(query)
  const attributes = {
    user,
    verb: 'get',
    group: '',
    resource: 'pods',
    subresource: 'log',
    namespace: wish.namespace,
    name: wish.pod,
  }
  const decision = await ports.authorize(attributes)
  if (!decision.allowed) throw denied(attributes, decision.reason)
  if (!ports.askNode) throw notServedYet('what containers wrote')
  const versions = storedVersions(ports.storage, ports.clock)
  const subjects = servedSubjects(ports.resources)
  const pod = await podOf(versions, subjects, wish)
  const node = await nodeOf(versions, subjects, pod)
  const source = await ports.askNode(node, pathOf(pod, wish, query), exchange.signal)
  await passOn(source, exchange.open(200, { 'Content-Type': 'text/plain' }))
}

interface LogWish {
  namespace: string
  pod: string
  /** Of the last pod of the name unless told. */
  uid: string
  container: string
}

/** @throws StatusError 400 */
function logWish(query: URLSearchParams): LogWish {
  const told = (name: string) => query.get(name) ?? ''
  const wish = { namespace: told('namespace'), pod: told('pod'), container: told('container') }
  if (Object.values(wish).includes(''))
    throw badRequest(
      'namespace, pod and container must be told, as in ?namespace=default&pod=web&container=main, and the uid if it is not the last pod of that name',
    )
  // It becomes a part of a path, of which no part may lead elsewhere.
  if (labelProblems(wish.container).length > 0)
    throw badRequest(`no container can be called ${JSON.stringify(wish.container.slice(0, 63))}`)
  return { ...wish, uid: told('uid') }
}

/** The last version of the pod, whether it is there or not. @throws StatusError 404 */
async function podOf(
  versions: Versions,
  subjects: Subjects,
  { namespace, pod: name, uid }: LogWish,
): Promise<Pod> {
  const subject = subjects.of({ resource: 'pods', group: '', namespace, name })
  const isMeant = (pod: Pod) => uid === '' || pod.metadata.uid === uid
  if (subject) {
    const now = await versions.now()
    const present = (await versions.at(subject.key, now))?.object as Pod | undefined
    if (present && isMeant(present)) return present
    const gone = await versions.deletion(subject.key, now, uid || undefined)
    if (gone) return gone.last.object as Pod
  }
  const which = `pod ${namespace}/${name}${uid && ` (${uid})`}`
  throw notFound(`there is no ${which}, and no history of one tells where it was`)
}

/** @throws StatusError 404 */
async function nodeOf(versions: Versions, subjects: Subjects, { metadata, spec }: Pod) {
  const name = spec?.nodeName ?? ''
  if (name === '') throw notFound(`pod ${metadata.namespace}/${metadata.name} was on no node`)
  const subject = subjects.of({ resource: 'nodes', group: '', namespace: '', name })
  const version = subject && (await versions.at(subject.key, await versions.now()))
  if (!version) throw notFound(`node ${name}, on which the pod was, is gone with its logs`)
  const node = version.object as Node
  const endpoint = node.status?.daemonEndpoints?.kubeletEndpoint as { Port?: number } | undefined
  if (endpoint?.Port === 0) throw notFound(`node ${name} keeps no logs: nothing on it writes any`)
  return node
}

function pathOf({ metadata }: Pod, wish: LogWish, query: URLSearchParams): string {
  const place = [wish.namespace, wish.pod, metadata.uid ?? '', wish.container]
  const options = new URLSearchParams()
  for (const name of ['sinceTime', 'limitBytes']) {
    const value = query.get(name)
    if (value) options.set(name, value)
  }
  return `/logHistory/${place.map(encodeURIComponent).join('/')}?${options}`
}

const notFound = (message: string) => new StatusError(404, 'NotFound', message)
