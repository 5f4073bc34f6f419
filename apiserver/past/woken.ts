/**
 * What had woken a writer, beside the object for which it wrote: a pod that somebody deleted says more of why another was
 * made than the wish for so many pods, which may be old.
 */

import type { Woken } from '../../api/lineage.ts'
import type { WriteRecord } from '../../api/write-record.ts'
import { type Claim, type Proven, toldOf } from './claims.ts'
import { ifKept } from './kept.ts'
import { linkOf } from './link.ts'
import type { Versions } from './versions.ts'
import { deletionOf, type ObjectWrite, writeOf } from './write.ts'

/** Each costs a few reads. */
const mostWoken = 3

export async function wokenBy(
  versions: Versions,
  { subject }: ObjectWrite,
  { for: primary, because }: Claim,
): Promise<Woken[]> {
  const known = new Set([subject.key, ...toldOf(primary ? [primary] : []).map(keyOf)])
  const others = toldOf(because)
    .filter((each) => !known.has(keyOf(each)))
    .slice(0, mostWoken)
  const told = others.map(async (proof): Promise<Woken[]> => {
    const write = await ifKept(exactly(versions, proof), undefined)
    if (!write) return []
    const record = await ifKept(versions.record(write.subject.key, write.revision), undefined)
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
  return (await Promise.all(told)).flat()
}

const keyOf = ({ subject }: Proven) => subject.key

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
