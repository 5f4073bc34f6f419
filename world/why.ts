/** Why an object of a World is what it is, as the server tells it to whoever may read everything. */

import type { Lineage } from '../api/lineage.ts'
import { lineageOf } from '../apiserver/past/lineage.ts'
import { servedSubjects } from '../apiserver/past/subjects.ts'
import { storedVersions } from '../apiserver/past/versions.ts'
import { ResourceSet } from '../apiserver/registry/resource-set.ts'
import type { Kind, Ref } from '../controllers/framework/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { WorldServer } from './server.ts'
import { WorldError } from './world-error.ts'

/** Which write of an object is asked about: that which made it, or by which it goes where it is gone, unless told. */
export interface WhyOptions {
  /** The last one that changed this: `spec.template`. */
  path?: string
  /** The one that made this resourceVersion. */
  revision?: number
}

/** @throws WorldError where there never was such an object */
export async function whyIn(
  { server, storage }: WorldServer,
  clock: Clock,
  { kind, ref, ...options }: WhyOptions & { kind: Kind<never> | Kind; ref: Ref },
): Promise<Lineage> {
  const subjects = servedSubjects(new ResourceSet(server.registry.resources))
  const { plural: resource, group } = kind
  const { namespace = '', name } = ref
  const subject = subjects.of({ resource, group, namespace, name })
  const versions = storedVersions(storage, clock)
  const ports = { versions, subjects, mayRead: async () => true }
  const lineage = subject && (await lineageOf(ports, { subject, ...options }))
  if (lineage) return { ...lineage, edge: { revision: await versions.oldest() } }
  const place = namespace === '' ? '' : ` in the namespace ${namespace}`
  throw new WorldError(`there never was a ${kind.kind} ${name}${place}`)
}
