/**
 * Objects as they were, one version at a time, and what is kept of each write: all that a lineage is found by. Reads are
 * few and single: one key at one revision.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { WriteRecord } from '../../api/write-record.ts'
import type { Clock } from '../../ports/clock.ts'
import { readNote } from '../registry/write-note.ts'
import type { Entry, Revision, Storage } from '../storage/storage.ts'
import { decodeObject } from '../watch/encode.ts'
import { lastDelete } from './last-delete.ts'
import { BeyondEdge } from './write.ts'

/** One version of one object, in the form in which it is stored. */
export interface Version {
  /** Of the write that made it. */
  revision: Revision
  /** When the object of this name was made that it is a version of. */
  created: Revision
  object: KubernetesObject
}

/** A deletion, and what was deleted. */
export interface Deletion {
  revision: Revision
  last: Version
}

export interface Versions {
  /** What there was at a revision; `undefined` where there was nothing. @throws CompactedError */
  at(key: string, revision: Revision): Promise<Version | undefined>
  /** What is kept of the write of a key that made the revision. @throws CompactedError */
  record(key: string, revision: Revision): Promise<WriteRecord | undefined>
  /**
   * The last time that it was deleted, at or before a revision, as far as history goes back; that one of a uid where it is
   * told. @throws BeyondEdge where too many are looked for, CompactedError, StorageUnavailableError
   */
  deletion(key: string, before: Revision, uid?: string): Promise<Deletion | undefined>
  /** The present revision. */
  now(): Promise<Revision>
  /** What is older cannot be read. */
  oldest(): Promise<Revision>
}

/** Deletions that are looked for on account of one question: each may cost the store a look at all of its history. */
const mostLooks = 8

/** For one question: the edge is asked for once. */
export function storedVersions(
  storage: Pick<Storage, 'range' | 'note' | 'revision' | 'oldest' | 'watch'>,
  clock: Clock,
): Versions {
  let edge: Promise<Revision> | undefined
  const oldest = () => {
    edge ??= storage.oldest()
    return edge
  }
  let looks = 0
  async function at(key: string, revision: Revision): Promise<Version | undefined> {
    const [entry] = (await storage.range(key, { revision, exact: true })).entries
    return entry && versionOf(entry)
  }
  return {
    at,
    record: async (key, revision) => readNote(await storage.note(key, revision)),
    async deletion(key, before, uid) {
      const isMeant = ({ object }: Version) => uid === undefined || object.metadata.uid === uid
      const from = await oldest()
      // Whoever knows the deletion need not look for it.
      const last = before > from ? await at(key, before - 1) : undefined
      if (last && isMeant(last) && !(await at(key, before))) return { revision: before, last }
      if (++looks > mostLooks) throw new BeyondEdge(`the deletion of ${key} is one too many`)
      const look = { key, from, before, isMeant: (entry: Entry) => isMeant(versionOf(entry)) }
      const found = await lastDelete(storage, clock, look)
      return found && { revision: found.revision, last: versionOf(found.previous) }
    },
    now: () => storage.revision(),
    oldest,
  }
}

const versionOf = (entry: Entry): Version => ({
  revision: entry.modified,
  created: entry.created,
  object: decodeObject(entry.value),
})
