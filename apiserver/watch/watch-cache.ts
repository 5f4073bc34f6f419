/**
 * The objects of one resource as of one revision, their recent changes, and whoever watches them. It is filled by the
 * hub (`watch-hub.ts`) and never talks to the store, except for lists of the past.
 */

import { Observable } from 'rxjs/internal/Observable'
import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import {
  type Entry,
  type Revision,
  type Storage,
  type StorageEvent,
  StorageUnavailableError,
} from '../storage/storage.ts'
import type { CachedObject, CacheEvent } from './cached-object.ts'
import { Change, EventRing, type RingLimits, TooOldError } from './event-ring.ts'
import { Filter, type Selection } from './filter.ts'
import { Foreseen } from './foreseen.ts'
import { InterestIndex } from './interest.ts'
import { type ListOptions, type ListPage, ObjectIndex } from './object-index.ts'
import type { ParsedObjects } from './parsed-objects.ts'
import { listPast } from './past-list.ts'
import { RecalledChanges } from './recollection.ts'
import { difference } from './relist.ts'
import { type CacheSpec, FieldReader, Version, type VersionContext } from './version.ts'
import { Watcher } from './watcher.ts'

export type { CacheSpec, ListOptions, ListPage, Selection }
export { TooOldError }

export interface ListResult extends ListPage<CachedObject> {
  revision: Revision
}

export interface WatchOptions extends Selection {
  /** Tell the changes after this revision; from now on without it. */
  after?: Revision
  /** Tell first all objects there are, as ADDED, instead of starting after a revision. */
  initial?: boolean
  /** With `initial`: a bookmark that says so follows the last of them. */
  initialEventsEnd?: boolean
  /** Tell now and then, and before the end, which revision has been reached. */
  bookmarks?: boolean
  /** Its abort ends the watch, after a last bookmark. */
  signal?: AbortSignal
  /** Waited for while initial objects or remembered changes are told: until the reader has room. */
  drained?: () => Promise<void> | undefined
  /** Called when all these have been told: from now on changes are told as they happen. */
  begun?: () => void
}

/** What the hub gives to its caches. */
export interface CachePorts {
  storage: Storage
  clock: Clock
  limits: RingLimits
  parsed: ParsedObjects
  /** Everything up to here has come out of the hub's watch. */
  position(): Revision
  /** Takes what cannot be thrown to anybody: a stored value that is no object. */
  report(error: Error): void
}

/** Changes of the past on their way into what a cache remembers. */
export interface Recollection {
  take(event: StorageEvent): void
  /** They are all there. */
  join(): void
}

type State =
  /** Nothing is known yet; changes wait until the objects have been listed. */
  | { phase: 'loading'; held: StorageEvent[] }
  | { phase: 'current' }
  /** Changes have been missed: what is known is of this revision, until listed anew. */
  | { phase: 'stale'; revision: Revision; held: StorageEvent[] }
  | { phase: 'closed' }

/** Changes that wait for a list; beyond them the list starts again. */
const maxHeld = 20_000

export class WatchCache {
  readonly prefix: string
  /** Resolves when the objects have been listed for the first time. */
  readonly loaded: Promise<void>
  readonly #ports: CachePorts
  readonly #context: VersionContext
  readonly #spec: CacheSpec
  readonly #watchers = new Set<Watcher>()
  readonly #interest: InterestIndex<Watcher>
  #state: State = { phase: 'loading', held: [] }
  #index: ObjectIndex
  #ring: EventRing
  /** The revision of the last list; earlier events are part of it. */
  #listed: Revision = 0
  /** The history before this revision cannot be had, or would not be kept. */
  #forgotten: Revision = 0
  #offering = false
  #resolveLoaded!: () => void

  /** @param prefix of its keys, which are `<prefix><namespace>/<name>` or `<prefix><name>`. */
  constructor(prefix: string, spec: CacheSpec, ports: CachePorts) {
    this.prefix = prefix
    this.#spec = spec
    this.#ports = ports
    const fields = new FieldReader(spec)
    this.#context = { fields, parsed: ports.parsed, foreseen: new Foreseen() }
    this.#index = this.newIndex()
    this.#interest = new InterestIndex(spec.indexedFields ?? [])
    this.#ring = new EventRing(ports.limits, 0)
    this.loaded = new Promise((resolve) => {
      this.#resolveLoaded = resolve
    })
  }

  /** What reads of this cache are as of. */
  get revision(): Revision {
    return this.#state.phase === 'stale'
      ? this.#state.revision
      : Math.max(this.#listed, this.#ports.position())
  }

  /** Whether it must be listed (again) before it follows the store. */
  get needsList(): boolean {
    return this.#state.phase === 'loading' || this.#state.phase === 'stale'
  }

  /** A watch can start after this revision or any later one. */
  get oldest(): Revision {
    return this.#ring.oldest
  }

  get size(): number {
    return this.#index.size
  }

  get watchers(): number {
    return this.#watchers.size
  }

  /** How many objects there are in a namespace, or in all, and what they weigh. */
  weightOf(namespace: string): { objects: number; bytes: number } {
    const { size, bytes } = this.#index
    if (namespace === '' || size === 0) return { objects: size, bytes }
    const objects = this.#index.countIn(namespace)
    return { objects, bytes: (bytes * objects) / size }
  }

  /** How many watches are told of a change of an object; those of one node's pods are left out. */
  watchersOf(namespace: string, name: string): number {
    return this.#interest.count(namespace, name)
  }

  get remembered(): { events: number; bytes: number } {
    return { events: this.#ring.length, bytes: this.#ring.bytes }
  }

  /** The storage key of an object. */
  keyOf(namespace: string, name: string): string {
    return namespace === '' ? `${this.prefix}${name}` : `${this.prefix}${namespace}/${name}`
  }

  get(namespace: string, name: string): CachedObject | undefined {
    this.#mustBeLoaded()
    return this.#index.get(this.keyOf(namespace, name))
  }

  /** This process is about to store an object under the key: what that holds is known when the store tells of it. */
  foresee(key: string, value: Buffer, object: KubernetesObject): void {
    Version.foresee(key, value, object, this.#context)
  }

  /** The object's bytes if it is of this very revision, which may be about to come. */
  bytesAt(key: string, revision: Revision): Buffer | undefined {
    const version = this.#index.get(key)
    return version?.revision === revision ? version.bytes : undefined
  }

  /** All of one revision, in key order, without parsing. */
  list(options: ListOptions = {}): ListResult {
    this.#mustBeLoaded()
    return { ...this.#index.list(options), revision: this.revision }
  }

  /** Objects that name this uid among their owners, in no particular order. */
  ownedBy(uid: string): CachedObject[] {
    this.#mustBeLoaded()
    return [...this.#index.ownedBy(uid)]
  }

  /**
   * A list as of a past revision, from the store's history.
   * @throws CompactedError, FutureRevisionError
   */
  at(revision: Revision, options: ListOptions = {}): Promise<ListResult> {
    const read = (entry: Entry) => this.#read(entry, 'ADDED')
    return listPast(this.#ports.storage, this.prefix, revision, options, read)
  }

  /**
   * Changes as they happen, each told once, in revision order. What a selector no longer sees is told as DELETED.
   * @throws TooOldError at once, or later into the observable, when `after` is no longer remembered
   */
  watch(options: WatchOptions = {}): Observable<CacheEvent> {
    this.#mustBeLoaded()
    const { after } = options
    if (after !== undefined && after < this.oldest) throw new TooOldError(after, this.oldest)
    return new Observable((subscriber) => {
      const listed = options.initial ? this.list(withoutPages(options)) : undefined
      const watcher = new Watcher(
        subscriber,
        new Filter(options),
        {
          bookmarks: options.bookmarks ?? false,
          initialEventsEnd: options.initialEventsEnd ?? false,
          drained: options.drained,
          begun: options.begun,
        },
        {
          since: (from, limit) => this.#ring.since(from, limit),
          revision: () => this.revision,
          offering: () => this.#offering,
          join: (joining) => this.#interest.add(joining, options),
        },
        { after: listed?.revision ?? after ?? this.revision, initial: listed?.items },
      )
      this.#watchers.add(watcher)
      const finish = () => watcher.finish()
      options.signal?.addEventListener('abort', finish, { once: true })
      subscriber.add(() => {
        options.signal?.removeEventListener('abort', finish)
        this.#watchers.delete(watcher)
        watcher.stop()
      })
      if (options.signal?.aborted) finish()
      else watcher.run()
    })
  }

  /** Whether the store's history may help a watch that starts after a revision which is not remembered. */
  couldRecall(after: Revision): boolean {
    if (this.#state.phase !== 'current' || this.#ring.full) return false
    return after < this.oldest && after >= this.#forgotten
  }

  /** Takes the history from one revision to another, at least as far as it goes back itself. */
  recollect(after: Revision, until: Revision): Recollection {
    const recalled = new RecalledChanges(after, {
      limits: this.#ports.limits,
      read: (entry, type) => this.#read(entry, type),
      now: () => this.#ports.clock.monotonic(),
    })
    return {
      take: (event) => recalled.take(event),
      join: () => {
        // What was forgotten meanwhile is missing in between.
        if (this.#state.phase !== 'current' || this.oldest > until) return
        this.#ring = recalled.followedBy(this.#ring)
        if (this.oldest > after) this.forget(this.oldest)
      },
    }
  }

  /** The history before a revision is not to be asked for again. */
  forget(before: Revision): void {
    this.#forgotten = Math.max(this.#forgotten, before)
  }

  #mustBeLoaded(): void {
    if (this.#state.phase === 'loading' || this.#state.phase === 'closed')
      throw new StorageUnavailableError(`the objects under ${this.prefix} are not loaded`)
  }

  #read(entry: Entry, type: 'ADDED' | 'MODIFIED'): Version | undefined {
    try {
      return Version.of(entry, type, this.#context)
    } catch (error) {
      // A parser quotes what it cannot read, which may be a secret.
      const message = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message
      this.#ports.report(new Error(`${entry.key} in the store is no object: ${message}`))
      return undefined
    }
  }

  // From here on: what the hub calls.

  /** Changes have been missed; readers stay at what is known until `replace`. */
  miss(): void {
    if (this.#state.phase === 'current')
      this.#state = { phase: 'stale', revision: this.revision, held: [] }
    else if (this.#state.phase !== 'closed') this.#state.held = []
  }

  /** One write under the prefix. */
  apply(event: StorageEvent): void {
    if (this.#state.phase === 'closed') return
    if (this.#state.phase !== 'current') {
      this.#state.held.push(event)
      return
    }
    const revision = event.type === 'put' ? event.entry.modified : event.revision
    if (revision <= this.#listed) return
    const change = event.type === 'put' ? this.#put(event.entry) : this.#remove(event.key, revision)
    if (change) this.#offer(change)
  }

  #put(entry: Entry): Change | undefined {
    const known = this.#index.get(entry.key)
    const version = this.#read(entry, known ? 'MODIFIED' : 'ADDED')
    if (!version) return undefined
    return new Change(entry.modified, this.#index.set(version), version)
  }

  #remove(key: string, revision: Revision): Change | undefined {
    const old = this.#index.delete(key)
    return old && new Change(revision, old, undefined)
  }

  #offer(change: Change): void {
    this.#ring.push(change, this.#ports.clock.monotonic())
    this.#offering = true
    try {
      this.#interest.visit(change, (watcher) => watcher.offer(change))
    } finally {
      this.#offering = false
    }
  }

  /** Whether so many changes wait that the list must start again. */
  get overrun(): boolean {
    return 'held' in this.#state && this.#state.held.length > maxHeld
  }

  /** An empty index, to be filled and given to `replace`. */
  newIndex(): ObjectIndex {
    return new ObjectIndex(this.prefix, this.#spec.indexedFields ?? [])
  }

  /** A version of a listed entry: the one that is known, or a new one. */
  adopt(entry: Entry): Version | undefined {
    const known = this.#index.get(entry.key)
    if (known?.revision === entry.modified) return known
    return this.#read(entry, known ? 'MODIFIED' : 'ADDED')
  }

  /** Becomes what the store was at `revision`, telling watchers the difference; then follows the held changes. */
  replace(index: ObjectIndex, revision: Revision): void {
    if (this.#state.phase !== 'loading' && this.#state.phase !== 'stale') return
    const { phase, held } = this.#state
    const missedSince = this.revision
    const old = this.#index
    this.#index = index
    this.#state = { phase: 'current' }
    this.#listed = revision
    if (phase === 'loading') this.#ring = new EventRing(this.#ports.limits, revision)
    else
      for (const change of difference(old, this.#index, missedSince, revision)) this.#offer(change)
    for (const event of held) this.apply(event)
    this.#resolveLoaded()
  }

  bookmark(): void {
    this.#ring.expire(this.#ports.clock.monotonic())
    for (const watcher of this.#watchers) watcher.bookmark()
  }

  forgetOldest(): void {
    this.#ring.evict()
  }

  /** Ends all watches; with an error where one is given. */
  close(error?: Error): void {
    this.#state = { phase: 'closed' }
    this.#resolveLoaded()
    for (const watcher of [...this.#watchers]) {
      if (error) watcher.fail(error)
      else watcher.finish()
    }
  }
}

function withoutPages({ namespace, labels, fields }: WatchOptions): Selection {
  return { namespace, labels, fields }
}
