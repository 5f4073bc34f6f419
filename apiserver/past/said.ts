/** What a writer said of why it wrote: whether it counts, and what of it the asker may know. */

import type { ObjectVersion, WriteCause, WriteRecord } from '../../api/write-record.ts'
import type { Revision } from '../storage/storage.ts'
import { type Claim, type Proven, proven } from './claims.ts'
import { ifKept } from './kept.ts'
import type { Versions } from './versions.ts'
import type { Subject, Subjects } from './write.ts'

/** Nothing is said; what is said is not so; history does not tell whether it is. */
export type Said = Claim | 'none' | 'false' | 'forgotten'

export async function saidOf(
  { versions, subjects }: { versions: Versions; subjects: Subjects },
  record: WriteRecord | undefined,
  revision: Revision,
): Promise<Said> {
  if (!record?.cause) return 'none'
  const claim = await ifKept(proven(versions, subjects, record.cause, revision), 'forgotten')
  if (claim === 'forgotten') return claim
  return claim.for || claim.because.length > 0 ? claim : 'false'
}

/** What the asker may know of a cause; nothing of one that is untrue. */
export async function shownCause(
  { mayRead }: { mayRead(subject: Subject): Promise<boolean> },
  record: WriteRecord | undefined,
  said: Said,
): Promise<WriteCause | undefined> {
  if (typeof said === 'string') return undefined
  const readable = async (proof: Proven): Promise<ObjectVersion[]> =>
    (await mayRead(proof.subject)) ? [proof.version] : []
  const [primary] = said.for ? await readable(said.for) : []
  const because = (await Promise.all(said.because.map(readable))).flat()
  const { by, more } = record?.cause ?? {}
  return { ...(by && { by }), ...(primary && { for: primary }), because, ...(more && { more }) }
}

/** A record with the cause that may be known, or none. */
export function withCause(
  record: WriteRecord | undefined,
  cause: WriteCause | undefined,
): WriteRecord | undefined {
  if (!record) return undefined
  const { cause: _, ...rest } = record
  return cause ? { ...rest, cause } : rest
}
