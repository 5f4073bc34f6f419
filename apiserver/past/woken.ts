/**
 * What had woken a writer, beside the object for which it wrote: a pod that somebody deleted says more of why another was
 * made than the wish for so many pods, which may be old. That a writer has seen its own last write says nothing; that
 * somebody else wrote the same object may be all there was.
 */

import type { Woken } from '../../api/lineage.ts'
import type { WriteRecord } from '../../api/write-record.ts'
import { type Claim, type Proven, toldOf } from './claims.ts'
import { deletionOf } from './deletion-of.ts'
import { ifKept } from './kept.ts'
import { linkOf } from './link.ts'
import type { Versions } from './versions.ts'
import { type ObjectWrite, writeOf } from './write.ts'

/** Each costs a few reads. */
const mostWoken = 3

/** @param writer the record of the write */
export async function wokenBy(
  versions: Versions,
  { subject }: ObjectWrite,
  writer: WriteRecord | undefined,
  { for: primary, because }: Claim,
): Promise<Woken[]> {
  const told = primary === 'hidden' ? undefined : primary?.subject.key
  const others = toldOf(because)
    .filter((each) => each.subject.key !== told)
    .slice(0, mostWoken)
  const woken = others.map(async (proof): Promise<Woken[]> => {
    const write = await ifKept(exactly(versions, proof), undefined)
    if (!write) return []
    const record = await ifKept(versions.record(write.subject.key, write.revision), undefined)
    if (proof.subject.key === subject.key && isBySame(writer, record)) return []
    const { kind, type, summary } = linkOf(write, record)
    return [
      {
        object: proof.version,
        kind,
        type,
        ...(summary && { summary }),
        ...(record && { record: withoutCause(record) }),
      },
    ]
  })
  return (await Promise.all(woken)).flat()
}

/** Controllers of one process are users of one name. */
const isBySame = (one: WriteRecord | undefined, other: WriteRecord | undefined): boolean =>
  one?.user === other?.user && one?.cause?.by === other?.cause?.by

/** What that was done for is another lineage, of objects that the asker may not be allowed to read. */
function withoutCause({ cause, ...record }: WriteRecord): WriteRecord {
  return cause?.by ? { ...record, cause: { by: cause.by, because: [] } } : record
}

/** The very write that a proof names; of a deletion, the request for it. */
export async function exactly(
  versions: Versions,
  { subject, revision }: Proven,
): Promise<ObjectWrite | undefined> {
  const version = await versions.at(subject.key, Math.max(revision, await versions.oldest()))
  if (version) return writeOf(versions, subject, version)
  const deletion = await versions.deletion(subject.key, revision)
  return deletion && deletionOf(versions, subject, deletion.revision, deletion.last)
}
