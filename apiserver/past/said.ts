/** What a writer said of why it wrote: whether it counts, and what of it the asker may know. */

import type { WriteCause, WriteRecord } from '../../api/write-record.ts'
import type { Revision } from '../storage/storage.ts'
import { type Claim, proven, toldOf } from './claims.ts'
import { ifKept } from './kept.ts'
import type { LineagePorts } from './lineage-ports.ts'

/** Nothing is said; what is said is not so; history does not tell whether it is. */
export type Said = Claim | 'none' | 'false' | 'forgotten'

export async function saidOf(
  ports: LineagePorts,
  record: WriteRecord | undefined,
  revision: Revision,
): Promise<Said> {
  if (!record?.cause) return 'none'
  const claim = await ifKept(proven(ports, record.cause, revision), 'forgotten')
  if (claim === 'forgotten') return claim
  return claim.for || claim.because.length > 0 ? claim : 'false'
}

/** What the asker may know of a cause; nothing of one that is untrue. */
export function shownCause(record: WriteRecord | undefined, said: Said): WriteCause | undefined {
  if (typeof said === 'string') return undefined
  const [primary] = toldOf(said.for ? [said.for] : [])
  const because = toldOf(said.because).map(({ version }) => version)
  const { by, more } = record?.cause ?? {}
  return {
    ...(by && { by }),
    ...(primary && { for: primary.version }),
    because,
    ...(more && { more }),
  }
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
