/**
 * What a writer says of why it writes is a claim. It counts where the versions that it names exist, are of the objects that
 * it names, and are older than the write; else it is as if nothing had been said. Of what the asker may not read nothing is
 * looked for: whether such a claim is true would tell what there is.
 */

import type { ObjectVersion, WriteCause } from '../../api/write-record.ts'
import { CompactedError, type Revision } from '../storage/storage.ts'
import { ifKept } from './kept.ts'
import type { LineagePorts } from './lineage-ports.ts'
import type { Versions } from './versions.ts'
import type { Subject } from './write.ts'

export interface Proven {
  subject: Subject
  version: ObjectVersion
  /** As it was seen, at the latest. */
  revision: Revision
}

/** What the asker may not read, whether it is so or not. */
export type Seen = Proven | 'hidden'

export interface Claim {
  /** On whose behalf. */
  for?: Seen
  because: Seen[]
}

/** Those that may be told. */
export const toldOf = (seen: readonly Seen[]): Proven[] => seen.filter((each) => each !== 'hidden')

/**
 * @param before the write of which it is said
 * @throws CompactedError where history does not tell whether it is true
 */
export async function proven(
  ports: LineagePorts,
  cause: WriteCause,
  before: Revision,
): Promise<Claim> {
  const prove = (claimed: ObjectVersion) => proof(ports, claimed, before)
  const primary = cause.for && (await prove(cause.for))
  // Nothing that stands beside a false claim counts either.
  if (cause.for && !primary) return { because: [] }
  const woke = await Promise.all(cause.because.map((each) => ifKept(prove(each), undefined)))
  return { ...(primary && { for: primary }), because: woke.filter((each) => each !== undefined) }
}

async function proof(
  { versions, subjects, mayRead }: LineagePorts,
  version: ObjectVersion,
  before: Revision,
): Promise<Seen | undefined> {
  const subject = subjects.of(version)
  if (!subject) return undefined
  if (!(await mayRead(subject))) return 'hidden'
  const { key } = subject
  if (version.resourceVersion === '') {
    const seen = await versions.at(key, before - 1)
    const known = seen ?? (await versions.deletion(key, before - 1))
    return known && { subject, version, revision: known.revision }
  }
  const revision = Number(version.resourceVersion)
  if (revision >= before) return undefined
  return (await isWrite(versions, key, revision)) ? { subject, version, revision } : undefined
}

/** Whether the revision was made by a write of the key: one that is kept has a note, and so has a deletion. */
async function isWrite(versions: Versions, key: string, revision: Revision): Promise<boolean> {
  const edge = await versions.oldest()
  const found = await versions.at(key, Math.max(revision, edge))
  if (found?.revision === revision) return true
  if (revision < edge) throw new CompactedError(revision, edge)
  return (await versions.record(key, revision)) !== undefined
}
