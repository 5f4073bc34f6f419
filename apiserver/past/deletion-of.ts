/** What had an object go: the request for it, which may have come long before it was gone. */

import type { Revision } from '../storage/storage.ts'
import type { Version, Versions } from './versions.ts'
import { type ObjectWrite, type Subject, writesTo } from './write.ts'

/** @param revision of the write by which it was gone. @throws CompactedError, BeyondEdge */
export async function deletionOf(
  versions: Versions,
  subject: Subject,
  revision: Revision,
  last: Version,
): Promise<ObjectWrite> {
  const gone: ObjectWrite = { subject, revision, type: 'deleted', object: last.object }
  if (last.object.metadata.deletionTimestamp === undefined) return gone
  // That the wait was made shorter is no request of its own.
  for await (const write of writesTo(versions, subject, last))
    if (write.before && write.before.metadata.deletionTimestamp === undefined)
      return { ...write, type: 'deleted' }
  return gone
}
