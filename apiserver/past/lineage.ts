/**
 * Why an object is what it is: from the write that made it so, along what the writers said, to somebody who acts for
 * nobody else. Each step goes back in time, so it ends. It reads single versions through a port and decides alone; what
 * the asker may not read is not shown.
 */

import type { Lineage } from '../../api/lineage.ts'
import type { KubernetesObject } from '../../api/object.ts'
import { controllerOf } from '../../api/owner.ts'
import type { ObjectVersion, WriteCause, WriteRecord } from '../../api/write-record.ts'
import { CompactedError, type Revision } from '../storage/storage.ts'
import { type Claim, type Proven, proven } from './claims.ts'
import { ifKept } from './kept.ts'
import { linkOf } from './link.ts'
import type { Versions } from './versions.ts'
import { exactly, wokenBy } from './woken.ts'
import {
  changeOf,
  creationOf,
  deletionOf,
  type ObjectWrite,
  type Subject,
  type Subjects,
  wishOf,
  writeOf,
} from './write.ts'

export interface LineagePorts {
  versions: Versions
  subjects: Subjects
  mayRead(subject: Subject): Promise<boolean>
}

/** What is asked for: the creation of an object (or its deletion, where it is gone) unless told. */
export interface Question {
  subject: Subject
  /** The write that made this revision. */
  revision?: Revision
  /** The last write that changed this. */
  path?: string
}

/** Links of one lineage. */
const mostLinks = 16

type Step =
  | { type: 'write'; write: ObjectWrite; known: 'told' | 'inferred' }
  | { type: 'end'; end: Lineage['end'] }

/** `undefined` where nothing is known of such an object. @throws CompactedError for a revision that is kept no longer */
export async function lineageOf(
  ports: LineagePorts,
  question: Question,
): Promise<Omit<Lineage, 'edge'> | undefined> {
  const links: Lineage['links'] = []
  const { revision = Number.POSITIVE_INFINITY } = question
  const oldest = await ports.versions.oldest()
  if (revision < oldest) throw new CompactedError(revision, oldest)
  let write = await ifKept(startOf(ports.versions, question), 'forgotten' as const)
  if (write === 'forgotten') return { links, end: 'edge' }
  if (!write) return undefined
  for (;;) {
    const record = await recordOf(ports.versions, write)
    const claim = await claimOf(ports, record, write.revision)
    const cause = await shown(ports, record, claim)
    const woken = typeof claim === 'string' ? [] : await wokenBy(ports, write, claim)
    links.push({
      ...linkOf(write, told(record, cause)),
      because: cause?.because ?? [],
      ...(woken.length > 0 && { woken }),
    })
    const step = await nextOf(ports, write, record, claim)
    if (step.type === 'end') return { links, end: step.end }
    if (!(await ports.mayRead(step.write.subject))) return { links, end: 'forbidden' }
    if (links.length === mostLinks) return { links, end: 'long' }
    links.at(-1)!.next = step.known
    write = step.write
  }
}

/** @throws CompactedError, BeyondEdge */
async function startOf(
  versions: Versions,
  { subject, revision, path }: Question,
): Promise<ObjectWrite | undefined> {
  const { key } = subject
  const at = revision ?? (await versions.now())
  const version = await versions.at(key, at)
  if (!version) {
    const deletion = await versions.deletion(key, at)
    return deletion && deletionOf(versions, subject, deletion.revision, deletion.last)
  }
  if (path !== undefined) return changeOf(versions, subject, version, path)
  return (revision === undefined ? creationOf : writeOf)(versions, subject, version)
}

async function recordOf(
  versions: Versions,
  { subject, revision }: ObjectWrite,
): Promise<WriteRecord | undefined> {
  if (revision < (await versions.oldest())) return undefined
  return ifKept(versions.record(subject.key, revision), undefined)
}

function told(
  record: WriteRecord | undefined,
  cause: WriteCause | undefined,
): WriteRecord | undefined {
  if (!record) return undefined
  const { cause: _, ...rest } = record
  return cause ? { ...rest, cause } : rest
}

/** Nothing is said; what is said is not so; history does not tell whether it is. */
type Said = Claim | 'none' | 'false' | 'forgotten'

async function claimOf(
  { versions, subjects }: LineagePorts,
  record: WriteRecord | undefined,
  revision: Revision,
): Promise<Said> {
  if (!record?.cause) return 'none'
  const claim = await ifKept(proven(versions, subjects, record.cause, revision), 'forgotten')
  if (claim === 'forgotten') return claim
  return claim.for || claim.because.length > 0 ? claim : 'false'
}

/** What the asker may know of a cause; nothing of one that is untrue. */
async function shown(
  { mayRead }: LineagePorts,
  record: WriteRecord | undefined,
  claim: Said,
): Promise<WriteCause | undefined> {
  if (typeof claim === 'string') return undefined
  const readable = async (proof: Proven): Promise<ObjectVersion[]> =>
    (await mayRead(proof.subject)) ? [proof.version] : []
  const [primary] = claim.for ? await readable(claim.for) : []
  const because = (await Promise.all(claim.because.map(readable))).flat()
  const { by, more } = record?.cause ?? {}
  return { ...(by && { by }), ...(primary && { for: primary }), because, ...(more && { more }) }
}

const edge: Step = { type: 'end', end: 'edge' }
const author: Step = { type: 'end', end: 'author' }

async function nextOf(
  ports: LineagePorts,
  write: ObjectWrite,
  record: WriteRecord | undefined,
  claim: Said,
): Promise<Step> {
  if (claim === 'forgotten') return edge
  if (typeof claim !== 'string') {
    const told = claim.for ? wishBehind(ports, claim.for) : firstOf(ports, claim)
    const next = await ifKept(told, undefined)
    return next && next.revision < write.revision
      ? { type: 'write', write: next, known: 'told' }
      : edge
  }
  const owner = mayInfer(write, record) && ownerOf(ports, write)
  if (!owner) return record ? author : edge
  const next = await ifKept(ownersWish(ports, owner, write), undefined)
  if (!next) return edge
  // What owns itself was made by nobody else.
  return next.revision < write.revision ? { type: 'write', write: next, known: 'inferred' } : author
}

/** The write that says what the writer was to bring about: of its object as it saw it. */
async function wishBehind(
  { versions }: LineagePorts,
  { subject, revision }: Proven,
): Promise<ObjectWrite | undefined> {
  const at = Math.max(revision, await versions.oldest())
  const version = await versions.at(subject.key, at)
  if (version) return wishOf(versions, subject, version)
  const deletion = await versions.deletion(subject.key, at)
  return deletion && deletionOf(versions, subject, deletion.revision, deletion.last)
}

/** What woke one who acts for no object of its own. */
async function firstOf(
  { versions }: LineagePorts,
  { because: [first] }: Claim,
): Promise<ObjectWrite | undefined> {
  return first && exactly(versions, first)
}

/** People give objects no owners; but they change and delete those that have some, for reasons of their own. */
const mayInfer = ({ type }: ObjectWrite, record: WriteRecord | undefined): boolean =>
  type === 'created' || !record || record.user.startsWith('system:')

interface Owner {
  subject: Subject
  uid: string
}

function ownerOf({ subjects }: LineagePorts, { subject, object }: ObjectWrite): Owner | undefined {
  const reference = controllerOf(object)
  const owner = reference && subjects.owner(reference, subject.namespace)
  return owner && { subject: owner, uid: reference.uid }
}

async function ownersWish(
  { versions }: LineagePorts,
  { subject, uid }: Owner,
  { revision }: ObjectWrite,
): Promise<ObjectWrite | undefined> {
  const is = (object: KubernetesObject) => object.metadata.uid === uid
  const version = await versions.at(subject.key, revision)
  if (version && is(version.object)) return wishOf(versions, subject, version)
  // Whoever takes away what is left of an owner does so because that is gone.
  const deletion = await versions.deletion(subject.key, revision)
  if (!deletion || !is(deletion.last.object)) return undefined
  return deletionOf(versions, subject, deletion.revision, deletion.last)
}
