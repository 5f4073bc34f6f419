/**
 * What one run of a controller wrote, and the wait until the informers have seen it: a run that acts on a view older
 * than its own last write does things twice. Kinds without an informer are not waited for.
 */

import type { Clock } from '../../ports/clock.ts'
import { sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { Backoff } from './backoff.ts'
import { ApiError, type Cluster, ConnectionError, type Ref, type WithMeta } from './cluster.ts'
import type { Informer } from './informer.ts'
import { type Kind, kindKey } from './kind.ts'
import type { Changed } from './loops.ts'
import { compareResourceVersions, newerResourceVersion } from './resource-version.ts'
import { isGuarded } from './safeguards.ts'

type Write =
  | { type: 'stored'; kind: Kind; object: WithMeta }
  | { type: 'removed'; kind: Kind; object: WithMeta }
  /** No answer, or one that does not say whether it was done. Without a name a new object was to be made. */
  | { type: 'unknown'; kind: Kind; namespace?: string; name?: string }

type Unknown = Extract<Write, { type: 'unknown' }>

export interface OwnWritesOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  signal: AbortSignal
  /** The informer through which the controller reads `kind`. */
  informer(kind: Kind): Informer<WithMeta> | undefined
  /** Milliseconds after which a live read decides whether there is anything to wait for (10,000). */
  patience?: number
}

/** Between live reads that fail. */
const rereads = { first: 100, longest: 10_000 }

export class OwnWrites {
  readonly #options: OwnWritesOptions
  readonly #writes: Write[] = []
  readonly #changes: Changed[] = []

  constructor(options: OwnWritesOptions) {
    this.#options = options
  }

  /** Writes that were done, or may have been. */
  get count(): number {
    return this.#writes.length
  }

  /** Objects that were known before they were written. */
  get changes(): readonly Changed[] {
    return this.#changes
  }

  /** @param before as the informer had it when it was written */
  stored(kind: Kind, object: WithMeta, before?: WithMeta): void {
    this.#writes.push({ type: 'stored', kind, object })
    if (before) this.#changes.push({ kind, before, after: object })
  }

  removed(kind: Kind, object: WithMeta): void {
    this.#writes.push({ type: 'removed', kind, object })
  }

  /** A write was refused, unless the answer leaves open whether it was done. */
  failed(kind: Kind, about: { namespace?: string; name?: string }, error: unknown): void {
    if (!isUnknown(error)) return
    const { namespace, name } = about
    this.#writes.push({
      type: 'unknown',
      kind,
      ...(namespace ? { namespace } : {}),
      ...(name ? { name } : {}),
    })
  }

  /** Resolves when all writes are in the informers' readers, or never can be; rejects when the signal aborts. */
  async seen(): Promise<void> {
    if (!isGuarded('parking')) return
    await Promise.all([...this.#newest().values()].map((write) => this.#seen(write)))
  }

  /** Of several stored objects of one kind only the newest matters: versions of one kind arrive in order. */
  #newest(): Map<string, Write> {
    const newest = new Map<string, Write>()
    for (const write of this.#writes) {
      const key = placeOf(write)
      const known = newest.get(key)
      if (
        write.type !== 'stored' ||
        known?.type !== 'stored' ||
        isNewer(write.object, known.object)
      )
        newest.set(key, write)
    }
    return newest
  }

  async #seen(write: Write): Promise<void> {
    const informer = this.#options.informer(write.kind)
    if (!informer) return
    switch (write.type) {
      case 'stored':
        return this.#patiently(informer, write.object, (signal) =>
          informer.whenSeen(write.object.metadata.resourceVersion ?? '', signal),
        )
      case 'removed':
        return this.#patiently(informer, write.object, (signal) =>
          informer.whenRemoved(write.object, signal),
        )
      case 'unknown':
        return this.#resolve(write, informer)
      default:
        write satisfies never
    }
  }

  /** Waits; when that takes long, finds out whether there still is anything to wait for. */
  async #patiently(
    informer: Informer<WithMeta>,
    object: WithMeta,
    wait: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { clock, signal, patience = 10_000 } = this.#options
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
        if (await this.#isHopeless(informer, object)) return
      } finally {
        cancel()
        signal.removeEventListener('abort', stopWaiting)
      }
    }
  }

  /**
   * An informer of a part of the objects may never see the write, because the object is in that part no longer. One of
   * all objects will, if only when it has noticed that its watch is dead.
   */
  async #isHopeless(informer: Informer<WithMeta>, { metadata }: WithMeta): Promise<boolean> {
    const { name: state } = informer.state
    const { namespace, labelSelector, fieldSelector } = informer.scope
    if (state === 'absent') return true
    if (namespace !== undefined && namespace !== metadata.namespace) return true
    if (state !== 'live' || (!labelSelector && !fieldSelector)) return false
    const { cluster } = this.#options
    const live = await cluster.get(informer.kind, refOf(metadata)).catch(() => metadata.uid)
    if (typeof live === 'string') return false
    const known = informer.reader.get(metadata.namespace ?? '', metadata.name ?? '')
    return known?.metadata.resourceVersion === live?.metadata.resourceVersion || !known
  }

  /** Looks until the cluster has answered, and waits until the informer has what it said. */
  async #resolve(write: Unknown, informer: Informer<WithMeta>): Promise<void> {
    const version = await this.#untilAnswered(() => this.#newestVersion(write))
    const { namespace = '', name = '' } = write
    const known = informer.reader.get(namespace, name)
    if (version !== undefined)
      await this.#patiently(informer, known ?? { metadata: { namespace, name } }, (signal) =>
        informer.whenSeen(version, signal),
      )
    else if (known)
      await this.#patiently(informer, known, (signal) => informer.whenRemoved(known, signal))
  }

  /** Of the object that was to be written, or of all among which it would be if it had been made. */
  async #newestVersion({ kind, namespace, name }: Unknown): Promise<string | undefined> {
    const { cluster } = this.#options
    if (name !== undefined)
      return (await cluster.get(kind, refOf({ namespace, name })))?.metadata.resourceVersion
    const options = { metadataOnly: true, ...(namespace ? { namespace } : {}) }
    const { items } = await cluster.list(kind, options)
    return items
      .map(({ metadata }) => metadata.resourceVersion ?? '')
      .reduce<string | undefined>(
        (newest, version) => newerResourceVersion(version, newest ?? ''),
        undefined,
      )
  }

  async #untilAnswered<T>(ask: () => Promise<T>): Promise<T | undefined> {
    const { clock, random, signal } = this.#options
    const backoff = new Backoff(random, rereads)
    for (;;) {
      signal.throwIfAborted()
      try {
        return await ask()
      } catch (error) {
        // A refusal is an answer: there is nothing to see.
        if (error instanceof ApiError && error.code < 500 && error.code !== 429) return undefined
        await sleep(clock, backoff.next(), signal)
      }
    }
  }
}

const outOfPatience = new Error('the informer has not seen the write in time')

/** Whether a write that ended so may have been done all the same. */
const isUnknown = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof ApiError && error.code >= 500)

const refOf = ({ namespace, name = '' }: { namespace?: string | undefined; name?: string }): Ref =>
  namespace ? { namespace, name } : { name }

function placeOf(write: Write): string {
  const kind = kindKey(write.kind)
  switch (write.type) {
    case 'stored':
      return kind
    case 'removed':
      return `${kind}#${write.object.metadata.uid}`
    case 'unknown':
      return `${kind}?${write.namespace ?? ''}/${write.name ?? ''}`
    default:
      return write satisfies never
  }
}

const isNewer = ({ metadata }: WithMeta, { metadata: other }: WithMeta): boolean =>
  compareResourceVersions(metadata.resourceVersion, other.resourceVersion) > 0
