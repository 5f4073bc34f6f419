/**
 * What watchers missed, from a list before and a list after. Each vanished object needs a revision of its own for
 * its DELETED, or a watcher that breaks off among them would lose the rest. Every missed delete had one: among the
 * revisions missed there are at least as many that no present object carries, and early enough, so giving the most
 * urgent delete the first free one always comes out.
 */

import type { Revision } from '../storage/storage.ts'
import { Change } from './event-ring.ts'
import type { ObjectIndex } from './object-index.ts'
import type { Version } from './version.ts'

interface Vanished {
  version: Version
  /** Its going came before this revision. */
  before: Revision
}

/** The changes from `old` (as of `from`) to `now` (as of `to`), in revision order, each revision once. */
export function difference(
  old: ObjectIndex,
  now: ObjectIndex,
  from: Revision,
  to: Revision,
): Change[] {
  const changes: Change[] = []
  const vanished: Vanished[] = []
  const taken = new Set<Revision>()
  for (const version of now) {
    const known = old.get(version.key)
    if (known?.revision === version.revision) continue
    const same = known?.uid === version.uid ? known : undefined
    taken.add(version.revision)
    changes.push(new Change(version.revision, same, version))
    if (known && !same) vanished.push({ version: known, before: version.revision })
  }
  for (const version of old) if (!now.get(version.key)) vanished.push({ version, before: to + 1 })
  changes.push(...deletions(vanished, taken, from))
  return changes.sort((a, b) => a.revision - b.revision)
}

function deletions(vanished: Vanished[], taken: Set<Revision>, from: Revision): Change[] {
  vanished.sort((a, b) => a.before - b.before)
  let revision = from
  return vanished.map(({ version }) => {
    do revision++
    while (taken.has(revision))
    return new Change(revision, version, undefined)
  })
}
