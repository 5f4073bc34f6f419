/**
 * From one write to the one that it was done on account of: as its writer told, or, where nothing was told, as the owner
 * reference has it. Always to an older one.
 */

import type { Lineage } from '../../api/lineage.ts'
import type { KubernetesObject } from '../../api/object.ts'
import { controllerOf } from '../../api/owner.ts'
import type { WriteRecord } from '../../api/write-record.ts'
import type { Proven } from './claims.ts'
import { deletionOf } from './deletion-of.ts'
import { ifKept } from './kept.ts'
import type { LineagePorts } from './lineage-ports.ts'
import { rolloutWish } from './rollout-wish.ts'
import type { Said } from './said.ts'
import { exactly } from './woken.ts'
import { type ObjectWrite, type Subject, wishOf } from './write.ts'

export type Step =
  | { type: 'write'; write: ObjectWrite; known: 'told' | 'inferred' }
  | { type: 'end'; end: Lineage['end'] }

const edge: Step = { type: 'end', end: 'edge' }
const author: Step = { type: 'end', end: 'author' }
const forbidden: Step = { type: 'end', end: 'forbidden' }

/** What a write was done on account of. */
export async function nextOf(
  ports: LineagePorts,
  write: ObjectWrite,
  record: WriteRecord | undefined,
  said: Said,
): Promise<Step> {
  if (said === 'forgotten') return edge
  if (typeof said !== 'string') {
    // Without an object of its own, it is what woke the writer.
    const behind = said.for ?? said.because[0]
    if (behind === 'hidden') return forbidden
    const found = said.for ? wishBehind : happened
    const next = behind && (await ifKept(found(ports, behind, write), undefined))
    return next && next.revision < write.revision
      ? { type: 'write', write: next, known: 'told' }
      : edge
  }
  const owner = mayInfer(write, record) && ownerOf(ports, write)
  if (!owner) return record ? author : edge
  // Whoever writes a reference may have made it up: whether there is such an owner is not looked for, either.
  if (!(await ports.mayRead(owner.subject))) return forbidden
  const next = await ifKept(ownersWish(ports, owner, write), undefined)
  if (!next) return edge
  if (next.revision < write.revision) return { type: 'write', write: next, known: 'inferred' }
  // What owns itself was made by nobody else, where it is known by whom.
  return record ? author : edge
}

/** The write that says what the writer was to bring about: of its object as it saw it. */
async function wishBehind(
  { versions }: LineagePorts,
  { subject, revision }: Proven,
  write: ObjectWrite,
): Promise<ObjectWrite | undefined> {
  const at = Math.max(revision, await versions.oldest())
  const version = await versions.at(subject.key, at)
  if (version) return rolloutWish(versions, write, await wishOf(versions, subject, version))
  const deletion = await versions.deletion(subject.key, at)
  return deletion && deletionOf(versions, subject, deletion.revision, deletion.last)
}

/** What it was that woke the writer. */
const happened = ({ versions }: LineagePorts, proof: Proven) => exactly(versions, proof)

/** People give objects no owners; but they change and delete those that have some, for reasons of their own. */
const mayInfer = ({ type }: ObjectWrite, record: WriteRecord | undefined): boolean =>
  type === 'created' || !record || isOfCluster(record.impersonatedBy ?? record.user)

/** Whether a user is a part of the cluster; a service account elsewhere is the robot of somebody. */
const isOfCluster = (user: string): boolean =>
  /^system:(?!serviceaccount:|admin$)|^system:serviceaccount:kube-system:/.test(user)

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
  write: ObjectWrite,
): Promise<ObjectWrite | undefined> {
  const { revision } = write
  const is = (object: KubernetesObject) => object.metadata.uid === uid
  const version = await versions.at(subject.key, revision)
  if (version && is(version.object))
    return rolloutWish(versions, write, await wishOf(versions, subject, version))
  // Whoever takes away what is left of an owner does so because that is gone.
  const deletion = await versions.deletion(subject.key, revision)
  if (!deletion || !is(deletion.last.object)) return undefined
  return deletionOf(versions, subject, deletion.revision, deletion.last)
}
