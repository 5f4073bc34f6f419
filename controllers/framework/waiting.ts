/**
 * Waits until an informer has seen a write. When that takes long it finds out whether there is anything to wait for: an
 * informer of all objects will see it, if only when it has noticed that its watch is dead; one of a part of them may not.
 */

import { parseLabelSelector, selectorMatches } from '../../api/selector.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Cluster, WithMeta } from './cluster.ts'
import type { Informer } from './informer.ts'

export interface WaitOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** Aborts when nobody waits any more. */
  signal: AbortSignal
  /** Milliseconds after which a live read decides whether there is anything to wait for (10,000). */
  patience?: number
}

const outOfPatience = new Error('the informer has not seen the write in time')

/** Rejects when the signal aborts. */
export async function patiently(
  options: WaitOptions,
  informer: Informer<WithMeta>,
  object: WithMeta,
  wait: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { clock, signal, patience = 10_000 } = options
  for (;;) {
    signal.throwIfAborted()
    const waiting = new AbortController()
    const stopWaiting = () => waiting.abort(signal.reason)
    signal.addEventListener('abort', stopWaiting, { once: true })
    const cancel = clock.after(patience, () => waiting.abort(outOfPatience))
    try {
      return await wait(waiting.signal)
    } catch (error) {
      if (error !== outOfPatience) throw error
      if (await isHopeless(options, informer, object)) return
    } finally {
      cancel()
      signal.removeEventListener('abort', stopWaiting)
    }
  }
}

async function isHopeless(
  { cluster }: WaitOptions,
  { kind, scope, state, reader }: Informer<WithMeta>,
  { metadata: { namespace, name = '' } }: WithMeta,
): Promise<boolean> {
  const { labelSelector, fieldSelector } = scope
  if (state.name === 'absent') return true
  if (scope.namespace !== undefined && scope.namespace !== namespace) return true
  if (state.name !== 'live' || (!labelSelector && !fieldSelector)) return false
  // What it knows of the object it will hear more of, be it that the object has left its part.
  if (reader.get(namespace ?? '', name)) return false
  // The server was to find a name, and nobody knows which: there is nothing to ask for.
  if (name === '') return true
  try {
    const live = await cluster.get(kind, namespace ? { namespace, name } : { name })
    if (!live || fieldSelector) return true
    return !selectorMatches(parseLabelSelector(labelSelector ?? ''), live.metadata.labels)
  } catch {
    // Nobody can say: look again later.
    return false
  }
}
