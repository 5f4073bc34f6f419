/**
 * Why an object is what it is: from the write that made it so, along what the writers said, to somebody who acts for
 * nobody else. Each step goes back in time, so it ends. It reads single versions through a port and decides alone; what
 * the asker may not read is neither looked at nor shown.
 */

import type { Lineage } from '../../api/lineage.ts'
import type { WriteRecord } from '../../api/write-record.ts'
import { CompactedError, type Revision } from '../storage/storage.ts'
import { changeOf } from './change-of.ts'
import { deletionOf } from './deletion-of.ts'
import { ifKept } from './kept.ts'
import type { LineagePorts } from './lineage-ports.ts'
import { linkOf } from './link.ts'
import { saidOf, shownCause, withCause } from './said.ts'
import { nextOf } from './step.ts'
import type { Versions } from './versions.ts'
import { wokenBy } from './woken.ts'
import { creationOf, type ObjectWrite, type Subject, writeOf } from './write.ts'

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

/**
 * `undefined` where nothing is known of such an object.
 * @throws NoSuchPath, and CompactedError for a revision that is kept no longer
 */
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
    const said = await saidOf(ports, record, write.revision)
    const cause = shownCause(record, said)
    const woken = typeof said === 'string' ? [] : await wokenBy(ports.versions, write, record, said)
    links.push({
      ...linkOf(write, withCause(record, cause)),
      because: cause?.because ?? [],
      ...(woken.length > 0 && { woken }),
    })
    const step = await nextOf(ports, write, record, said)
    if (step.type === 'end') return { links, end: step.end }
    if (links.length === mostLinks) return { links, end: 'long' }
    links.at(-1)!.next = step.known
    write = step.write
  }
}

/** @throws NoSuchPath, CompactedError, BeyondEdge */
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
