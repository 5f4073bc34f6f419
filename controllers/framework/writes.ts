/**
 * What one run of a controller wrote, and the wait until the informers have seen it: a run that acts on a view older
 * than its own last write does things twice. Kinds without an informer are not waited for.
 */

import type { Clock } from '../../ports/clock.ts'
import { sleep } from '../../ports/clock.ts'
import type { Cluster, WithMeta } from './cluster.ts'
import type { Informer } from './informer.ts'
import { type Kind, kindKey } from './kind.ts'
import { compareResourceVersions } from './resource-version.ts'

type Write =
  | { type: 'stored'; kind: Kind; object: WithMeta }
  | { type: 'removed'; kind: Kind; object: WithMeta }

export interface OwnWritesOptions {
  cluster: Cluster
  clock: Clock
  signal: AbortSignal
  /** The informer through which the controller reads `kind`. */
  informer(kind: Kind): Informer<WithMeta> | undefined
  /** Milliseconds after which one live read decides (10,000). */
  patience?: number
}

export class OwnWrites {
  readonly #options: OwnWritesOptions
  readonly #writes: Write[] = []

  constructor(options: OwnWritesOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#writes.length
  }

  stored(kind: Kind, object: WithMeta): void {
    this.#writes.push({ type: 'stored', kind, object })
  }

  removed(kind: Kind, object: WithMeta): void {
    this.#writes.push({ type: 'removed', kind, object })
  }

  /** Resolves when all writes are in the informers' readers, or never can be; rejects when the signal aborts. */
  async seen(): Promise<void> {
    await Promise.all([...this.#newest().values()].map((write) => this.#seen(write)))
  }

  /** Of several stored objects of one kind only the newest matters: versions of one kind arrive in order. */
  #newest(): Map<string, Write> {
    const newest = new Map<string, Write>()
    for (const write of this.#writes) {
      const removed = write.type === 'removed'
      const key = kindKey(write.kind) + (removed ? `#${write.object.metadata.uid}` : '')
      const known = newest.get(key)
      const version = write.object.metadata.resourceVersion
      if (
        removed ||
        !known ||
        compareResourceVersions(version, known.object.metadata.resourceVersion) > 0
      )
        newest.set(key, write)
    }
    return newest
  }

  async #seen(write: Write): Promise<void> {
    const { clock, signal, informer: informerOf, patience = 10_000 } = this.#options
    const informer = informerOf(write.kind)
    if (!informer) return
    const wait = new AbortController()
    const stopWaiting = () => wait.abort(signal.reason)
    signal.addEventListener('abort', stopWaiting, { once: true })
    const cancel = clock.after(patience, () => wait.abort(outOfPatience))
    try {
      if (signal.aborted) throw signal.reason
      if (write.type === 'removed') await informer.whenRemoved(write.object, wait.signal)
      else await informer.whenSeen(write.object.metadata.resourceVersion ?? '', wait.signal)
    } catch (error) {
      if (error !== outOfPatience) throw error
      await this.#decideLive(write, informer)
    } finally {
      cancel()
      signal.removeEventListener('abort', stopWaiting)
    }
  }

  /**
   * The informer may never see the write: a selector excludes it, or it took nothing to delete. Is the object there
   * as it was written, and the informer out of touch, the wait goes on until it is in touch again.
   */
  async #decideLive(write: Write, informer: Informer<WithMeta>): Promise<void> {
    const { cluster, clock, signal } = this.#options
    const { namespace, name = '' } = write.object.metadata
    await cluster.get(write.kind, namespace ? { namespace, name } : { name }).catch(() => undefined)
    while (informer.state.name === 'degraded' || informer.state.name === 'connecting')
      await sleep(clock, 1_000, signal)
  }
}

const outOfPatience = new Error('the informer has not seen the write in time')
