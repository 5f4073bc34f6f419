/** `GET /tiphys/v1/why`: the lineage of one object, for somebody who may read it. */

import type { Lineage } from '../../api/lineage.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Authorizer, denied } from '../auth/authorization.ts'
import { badRequest, notFound, StatusError } from '../http/status.ts'
import type { User } from '../registry/registry.ts'
import type { ResourceSet } from '../registry/resource-set.ts'
import type { Revision, Storage } from '../storage/storage.ts'
import { NoSuchPath } from './change-of.ts'
import type { Edge } from './edge.ts'
import { lineageOf } from './lineage.ts'
import { revisionIn } from './revision-in.ts'
import { servedSubjects } from './subjects.ts'
import { storedVersions } from './versions.ts'
import type { Subject } from './write.ts'

export interface WhyPorts {
  storage: Storage
  clock: Clock
  resources: Pick<ResourceSet, 'all' | 'named'>
  authorize: Authorizer
  edge: Edge
}

export interface WhyQuestion {
  /** Plural. */
  resource: string
  /** The core group unless told. */
  group?: string
  /** Of none unless told. */
  namespace?: string
  name: string
  /** The write that made this version; the object's creation, or its deletion, unless told. */
  revision?: Revision
  /** The last write that changed this: `spec.template`. */
  path?: string
}

/** @throws StatusError 400, 403, 404, CompactedError */
export async function why(ports: WhyPorts, question: WhyQuestion, user: User): Promise<Lineage> {
  const { storage, clock } = ports
  const { resource, group = '', namespace = '', name, revision, path } = question
  const subjects = servedSubjects(ports.resources)
  const subject = subjects.of({ resource, group, namespace, name })
  if (!subject) throw noSuchObject(question)
  const attributes = getOf(subject, user)
  const decision = await ports.authorize(attributes)
  if (!decision.allowed) throw denied(attributes, decision.reason)
  const versions = storedVersions(storage, clock)
  const now = await versions.now()
  if (revision !== undefined && revision > now)
    throw badRequest(`revision ${revision} is in the future; the current one is ${now}`)
  const mayRead = async (other: Subject) => (await ports.authorize(getOf(other, user))).allowed
  const asked = { subject, revision, path }
  const lineage = await lineageOf({ versions, subjects, mayRead }, asked).catch(noSuchPath)
  if (!lineage) throw notFound({ group, plural: resource }, name)
  return { ...lineage, edge: await ports.edge.moment() }
}

const getOf = ({ group, resource, namespace, name }: Subject, user: User) => ({
  user,
  verb: 'get',
  group,
  resource,
  namespace,
  name,
})

function noSuchPath(error: unknown): never {
  if (!(error instanceof NoSuchPath)) throw error
  const advice = 'say it as in spec.template.spec.containers[web].image'
  throw new StatusError(404, 'NotFound', `${error.message}: ${advice}`)
}

const noSuchObject = ({ resource, group = '', namespace = '', name }: WhyQuestion): StatusError => {
  const kind = group === '' ? resource : `${resource}.${group}`
  const where =
    namespace === '' ? 'without a namespace' : `in namespace ${JSON.stringify(namespace)}`
  return new StatusError(
    404,
    'NotFound',
    `there can be no ${kind} ${JSON.stringify(name)} ${where}: name a resource that is served, its group, and a namespace if it has them`,
  )
}

/** @throws StatusError 400 */
export function whyQuestion(query: URLSearchParams): WhyQuestion {
  const resource = query.get('resource') ?? ''
  const name = query.get('name') ?? ''
  if (resource === '' || name === '')
    throw badRequest(
      'resource and name must be told, as in ?resource=pods&namespace=default&name=web',
    )
  return {
    resource,
    name,
    group: query.get('group') ?? '',
    namespace: query.get('namespace') ?? '',
    revision: revisionIn(query, 'revision'),
    path: query.get('path') || undefined,
  }
}
