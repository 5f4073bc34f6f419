/** What is asked for with `GET /tiphys/v1/recording`, and whether it may be had: all or nothing of it. */

import { rolloutResources } from '../../recordings/recording.ts'
import { isSecret } from '../../recordings/redaction.ts'
import type { Authorizer } from '../auth/authorization.ts'
import { booleanParameter } from '../http/request-info.ts'
import { badRequest, expired, StatusError } from '../http/status.ts'
import { collectionPrefix } from '../registry/keys.ts'
import type { User } from '../registry/registry.ts'
import type { ResourceSet } from '../registry/resource-set.ts'
import { labelProblems } from '../resources/name-validation.ts'
import { qualifiedName, type Resource } from '../resources/resource.ts'
import type { Revision, Storage } from '../storage/storage.ts'
import { revisionIn } from './revision-in.ts'

export interface Recorded {
  /** `deployments.apps` */
  name: string
  /** Of its keys. */
  prefix: string
}

export interface RecordingWish {
  namespace: string
  resources: Recorded[]
  /** The edge of history: what is older is kept no longer. */
  edge: Revision
  /** What was there then, and the changes after it. */
  from: Revision
  /** The present one when it was asked for. */
  now: Revision
  keyframe: boolean
  /** The last; `undefined`: for as long as the reader likes. */
  until: Revision | undefined
  follow: boolean
}

export interface WishPorts {
  storage: Pick<Storage, 'oldest' | 'revision'>
  resources: Pick<ResourceSet, 'named'>
  authorize: Authorizer
}

/** Resources of one recording. */
const mostResources = 64

/** @throws StatusError 400, 403, 410 */
export async function recordingWish(
  ports: WishPorts,
  query: URLSearchParams,
  user: User,
): Promise<RecordingWish> {
  const namespace = query.get('namespace') ?? ''
  if (labelProblems(namespace).length > 0)
    throw badRequest('namespace must be told, as in ?namespace=default: a recording is of one')
  const names = (query.get('resources') || rolloutResources.join(',')).split(',')
  if (names.length > mostResources)
    throw badRequest(`a recording is of ${mostResources} resources at most, not ${names.length}`)
  const resources = [...new Set(names)].map((name) => recordable(ports, name))
  await mayRecord(ports, resources, namespace, user)
  const recorded = resources.map((resource) => ({
    name: qualifiedName(resource),
    prefix: `${collectionPrefix(resource)}${namespace}/`,
  }))
  return { namespace, resources: recorded, ...(await stretch(ports, query)) }
}

/** @throws StatusError 400, 403 */
function recordable({ resources }: WishPorts, name: string): Resource {
  const resource = resources.named(name)
  if (!resource)
    throw badRequest(`${JSON.stringify(name)} is not served: say it as in pods, deployments.apps`)
  if (isSecret({ kind: resource.kind, metadata: {} }))
    throw new StatusError(
      403,
      'Forbidden',
      `${name} are never recorded: what is secret stays here`,
      {
        kind: name,
      },
    )
  if (!resource.namespaced || resource.virtual)
    throw badRequest(`${name} cannot be recorded: a recording is of what stands in a namespace`)
  if (resource.custom || resource.storage)
    throw badRequest(
      `${name} cannot be recorded: their history is kept in another form than the one that is served`,
    )
  return resource
}

/** @throws StatusError 403 that names all that is missing */
async function mayRecord(
  { authorize }: WishPorts,
  resources: readonly Resource[],
  namespace: string,
  user: User,
): Promise<void> {
  const missing: string[] = []
  for (const { group, plural } of resources)
    for (const verb of ['list', 'watch']) {
      const attributes = { user, verb, group, resource: plural, namespace, name: '' }
      const { allowed } = await authorize(attributes)
      if (!allowed) missing.push(`${verb} ${qualifiedName({ group, plural })}`)
    }
  if (missing.length === 0) return
  const who = `User ${JSON.stringify(user.name)} cannot ${missing.join(', ')}`
  const message = `forbidden: ${who} in the namespace ${JSON.stringify(namespace)}, and a recording shows them`
  throw new StatusError(403, 'Forbidden', message, {})
}

/** From where to where. @throws StatusError 400, 410 */
async function stretch(
  { storage }: WishPorts,
  query: URLSearchParams,
): Promise<Omit<RecordingWish, 'namespace' | 'resources'>> {
  const now = await storage.revision()
  const edge = await storage.oldest()
  const from = revisionIn(query, 'from') ?? edge
  const until = revisionIn(query, 'until')
  const follow = booleanParameter(query, 'follow')
  const keyframe = query.get('keyframe') === null || booleanParameter(query, 'keyframe')
  if (from < edge)
    throw expired(`what was at revision ${from} is kept no longer: history begins at ${edge}`)
  if (from > now) throw badRequest(`revision ${from} is in the future; the current one is ${now}`)
  if (until !== undefined && until < from)
    throw badRequest(`a recording from ${from} cannot end before, at ${until}`)
  // What has happened by now is all there is, for those who do not wait for more.
  const end = follow ? until : Math.min(until ?? now, now)
  return { edge, from, now, keyframe, until: end, follow }
}
