/** One write of one object: which it was, found among the object's versions. */

import type { KubernetesObject, OwnerReference } from '../../api/object.ts'
import type { ObjectVersion } from '../../api/write-record.ts'
import type { Revision } from '../storage/storage.ts'
import type { Version, Versions } from './versions.ts'

/** An object by its place. */
export interface Subject {
  /** Plural. */
  resource: string
  /** Empty for the core group. */
  group: string
  /** Empty for objects without a namespace. */
  namespace: string
  name: string
  kind: string
  /** In the store. */
  key: string
}

/** Which objects there can be. */
export interface Subjects {
  /** `undefined` where no such resource is served. */
  of(place: Pick<ObjectVersion, 'resource' | 'group' | 'namespace' | 'name'>): Subject | undefined
  /** Whom a reference names, of an object in a namespace. */
  owner(reference: OwnerReference, namespace: string): Subject | undefined
}

export interface ObjectWrite {
  subject: Subject
  revision: Revision
  type: 'created' | 'updated' | 'deleted'
  /** As it was after the write, or last of all. */
  object: KubernetesObject
  /** Of an update alone. */
  before?: KubernetesObject
}

/** History does not go back to where the answer is. */
export class BeyondEdge extends Error {
  override name = 'BeyondEdge'
}

/** Writes that are looked at for one. */
const mostSteps = 500

const creation = (subject: Subject, { created, object }: Version): ObjectWrite => ({
  subject,
  revision: created,
  type: 'created',
  object,
})

/** What an object was made by. What it was made as is known where that is not too long ago. */
export async function creationOf(
  versions: Versions,
  subject: Subject,
  version: Version,
): Promise<ObjectWrite> {
  const { revision, created } = version
  const known = revision === created || created < (await versions.oldest())
  return creation(subject, known ? version : ((await versions.at(subject.key, created)) ?? version))
}

/** The write that made a version. @throws CompactedError, BeyondEdge */
export async function writeOf(
  versions: Versions,
  subject: Subject,
  version: Version,
): Promise<ObjectWrite> {
  const { revision, created, object } = version
  if (revision === created) return creation(subject, version)
  const before = await versions.at(subject.key, revision - 1)
  if (!before) throw new BeyondEdge(`nothing is kept of ${subject.key} before ${revision}`)
  return { subject, revision, type: 'updated', object, before: before.object }
}

/** The last write up to a version that changed what the object is to be. @throws CompactedError, BeyondEdge */
export async function wishOf(
  versions: Versions,
  subject: Subject,
  version: Version,
): Promise<ObjectWrite> {
  const { generation } = version.object.metadata
  if (generation === undefined) return writeOf(versions, subject, version)
  return writeOf(versions, subject, await firstOfGeneration(versions, subject, version))
}

/** By halves: generations only grow. */
async function firstOfGeneration(
  versions: Versions,
  { key }: Subject,
  version: Version,
): Promise<Version> {
  const { created } = version
  const { generation } = version.object.metadata
  const edge = await versions.oldest()
  let first = version
  let low = Math.max(created, edge)
  while (low < first.revision) {
    const middle = Math.floor((low + first.revision - 1) / 2)
    const found = await versions.at(key, middle)
    if (found?.created === created && found.object.metadata.generation === generation) first = found
    else low = middle + 1
  }
  if (first.revision <= edge && first.revision !== created)
    throw new BeyondEdge(`generation ${generation} of ${key} began before ${edge}`)
  return first
}

/** Writes up to a version, the last first, to the creation or as far as is looked. @throws CompactedError, BeyondEdge */
export async function* writesTo(
  versions: Versions,
  subject: Subject,
  version: Version,
  writeAt: typeof writeOf = writeOf,
): AsyncGenerator<ObjectWrite, void, undefined> {
  let at: Version | undefined = version
  for (let steps = 0; at && steps < mostSteps; steps++) {
    const write: ObjectWrite = await writeAt(versions, subject, at)
    yield write
    if (!write.before) return
    at = await versions.at(subject.key, write.revision - 1)
  }
}
