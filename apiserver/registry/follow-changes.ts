/**
 * Follows all objects of a kind, for what is kept in step with them: a stream that breaks is begun again from nothing,
 * because what is missed here would be granted, or held to be there, for ever.
 */

import type { Clock } from '../../ports/clock.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import type { Lister, QualifiedName } from './lister.ts'

export interface FollowPorts {
  lister: Pick<Lister, 'changes'>
  clock: Clock
  report(error: unknown): void
}

export interface Follower {
  /** Everything known so far is void: all there is follows. */
  reset(): void
  changed(object: CachedObject): void
  gone(object: CachedObject): void
}

/** Milliseconds until a stream that broke is begun again. */
const retryMs = 100

/** @returns ends it */
export function followChanges(
  { lister, clock, report }: FollowPorts,
  kind: QualifiedName,
  follower: Follower,
): () => void {
  let ended = false
  let stop = () => {}
  const begin = () => {
    if (ended) return
    follower.reset()
    const subscription = lister.changes(kind).subscribe({
      next(event) {
        if (event.type === 'BOOKMARK') return
        if (event.type === 'DELETED') follower.gone(event.object)
        else follower.changed(event.object)
      },
      error(error) {
        report(error)
        stop = clock.after(retryMs, begin)
      },
    })
    if (!subscription.closed) stop = () => subscription.unsubscribe()
  }
  begin()
  return () => {
    ended = true
    stop()
  }
}
