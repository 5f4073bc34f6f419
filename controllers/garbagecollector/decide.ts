/**
 * What is to be done about one object, given what is known of its owners. Pure: whoever asks has looked the owners up,
 * the absent ones live.
 */

import type { OwnerReference } from '../../api/object.ts'
import { foregroundFinalizer, orphanFinalizer } from './graph.ts'

/**
 * `unresolvable`: no such owner can exist, and that is not for us to punish; `unknown-kind`: the server does not serve
 * its kind, or not yet. Both count as existing.
 */
export type OwnerState =
  | 'exists'
  | 'deletes-dependents'
  | 'absent'
  | 'unresolvable'
  | 'unknown-kind'

export type Policy = 'Background' | 'Foreground' | 'Orphan'

export type Decision =
  | { do: 'keep' }
  /** Owners that are gone or going are taken out; others remain. */
  | { do: 'disown'; uids: string[] }
  /** It waits for a dependent that waits for it: its owners no longer wait for it, then it is deleted. */
  | { do: 'unblock-and-delete' }
  | { do: 'delete'; policy: Policy }

export function decide(
  metadata: { finalizers?: string[]; deletionTimestamp?: string },
  owners: readonly { reference: OwnerReference; state: OwnerState }[],
  dependents: { any: boolean; deleting: boolean },
): Decision {
  if (owners.length === 0 || metadata.deletionTimestamp) return { do: 'keep' }
  const inState = (...states: OwnerState[]) =>
    owners.filter(({ state }) => states.includes(state)).map(({ reference }) => reference.uid)
  const leaving = inState('absent', 'deletes-dependents')
  if (leaving.length === 0) return { do: 'keep' }
  if (inState('exists', 'unresolvable', 'unknown-kind').length > 0)
    return { do: 'disown', uids: leaving }
  // Its owner waits for it, so it waits for its own dependents in turn.
  if (inState('deletes-dependents').length > 0 && dependents.any)
    return dependents.deleting
      ? { do: 'unblock-and-delete' }
      : { do: 'delete', policy: 'Foreground' }
  return { do: 'delete', policy: ownPolicy(metadata.finalizers) }
}

/** What an object's finalizers ask for when nobody says otherwise. */
function ownPolicy(finalizers: readonly string[] = []): Policy {
  if (finalizers.includes(orphanFinalizer)) return 'Orphan'
  if (finalizers.includes(foregroundFinalizer)) return 'Foreground'
  return 'Background'
}
