/**
 * One cache of one kind, shared by all who ask for the same scope: filled by a reflector while anybody subscribes,
 * dropped some time after the last one has left. It tells what it has seen, so that a writer can wait for its own
 * writes; it never writes.
 */

import type { Subscriber } from 'rxjs'
import type { Cancel, Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Cluster, WithMeta } from './cluster.ts'
import type { Reader } from './inputs.ts'
import type { Kind } from './kind.ts'
import { cacheKey, keptOf } from './projection.ts'
import { type ReflectorState, reflect, type Scope } from './reflector.ts'
import { compareResourceVersions, newerResourceVersion } from './resource-version.ts'
import { type Change, type IndexFunction, Store } from './store.ts'
import { BehaviorSubject, Observable } from './streams.ts'

/** `stopped`: nobody subscribes, nothing is known. */
export type InformerState = ReflectorState

/** A cache of one kind: what is known, each change of it, and how fresh it is. */
export interface Informer<T extends WithMeta> {
  readonly kind: Kind<T>
  readonly scope: Scope
  /** What is known now; empty while nobody subscribes. */
  readonly reader: Reader<T>
  /** How many objects that is. */
  readonly size: number
  readonly state: InformerState
  readonly state$: Observable<InformerState>
  /**
   * Every object known so far, as `added` with `initial`, then every change in order. Never completes or errors.
   * The first subscription starts the watch.
   */
  readonly changes$: Observable<Change<T>>
  /** All objects were listed once (or the kind does not exist). */
  readonly synced: boolean
  whenSynced(signal: AbortSignal): Promise<void>
  /** The clock's `monotonic()` when the server was last heard of: a list, an event, a bookmark. */
  readonly heardAt: number | undefined
  /** Everything up to this resourceVersion is in `reader`; empty before the first list. */
  readonly resourceVersion: string
  /** Resolves when a write that returned this resourceVersion is in `reader`. */
  whenSeen(resourceVersion: string, signal: AbortSignal): Promise<void>
  /** Resolves when the object with this uid is gone from `reader`, or is there with a deletionTimestamp. */
  whenRemoved(object: T, signal: AbortSignal): Promise<void>
  /** Keeps objects by the values `valuesOf` finds in them; `find` then takes constant time. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void
  find(index: string, value: string): T[]
}

/** How caches are filled, and how long they are kept. */
export interface InformersOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** Milliseconds a cache is kept after its last subscriber has left (30,000). */
  linger?: number
  pageSize?: number
  idleTimeout?: number
  /** Where to look, for who does not say; everywhere without it. */
  namespace?: string
}

/** The informers of one cluster: one for each kind and scope, however many ask. */
export class Informers {
  readonly #options: InformersOptions
  readonly #informers = new Map<string, SharedInformer<WithMeta>>()
  #stopped = false

  constructor(options: InformersOptions) {
    this.#options = options
  }

  of<T extends WithMeta>(kind: Kind<T>, wanted: Scope = {}): Informer<T> {
    if (this.#stopped) throw new Error('these informers were stopped')
    const scope = this.#scopeOf(kind as Kind, wanted)
    const key = keyOf(kind as Kind, scope)
    const known = this.#informers.get(key)
    if (known) return known as unknown as Informer<T>
    const informer = new SharedInformer<T>(kind, scope, this.#options)
    this.#informers.set(key, informer as unknown as SharedInformer<WithMeta>)
    return informer
  }

  /** For who needs metadata only: the informer of whole objects where somebody has asked for it, else one of metadata. */
  ofMetadata<T extends WithMeta>(kind: Kind<T>): Informer<T> {
    const whole = this.#informers.get(keyOf(kind as Kind, this.#scopeOf(kind as Kind, {})))
    return whole ? (whole as unknown as Informer<T>) : this.of(kind, { metadataOnly: true })
  }

  #scopeOf({ namespaced }: Kind, wanted: Scope): Scope {
    const { namespace } = this.#options
    return namespaced && namespace !== undefined ? { namespace, ...wanted } : wanted
  }

  /** Those that were asked for, with their state. */
  all(): Informer<WithMeta>[] {
    return [...this.#informers.values()]
  }

  /** Ends every watch at once, subscribers or not. */
  stop(): void {
    this.#stopped = true
    for (const informer of this.#informers.values()) informer.stop()
    this.#informers.clear()
  }
}

const keyOf = (kind: Kind, scope: Scope): string =>
  JSON.stringify([
    cacheKey(kind),
    scope.namespace,
    scope.labelSelector,
    scope.fieldSelector,
    scope.metadataOnly,
  ])

interface Waiter {
  holds(): boolean
  resolve(): void
}

class SharedInformer<T extends WithMeta> implements Informer<T> {
  readonly kind: Kind<T>
  readonly scope: Scope
  readonly changes$: Observable<Change<T>>
  readonly #options: InformersOptions
  readonly #state$ = new BehaviorSubject<InformerState>({ name: 'stopped' })
  readonly #subscribers = new Set<Subscriber<Change<T>>>()
  readonly #indexes = new Map<string, IndexFunction<T>>()
  readonly #waiters = new Set<Waiter>()
  #store = new Store<T>()
  #resourceVersion = ''
  #synced = false
  #heardAt: number | undefined
  #running: AbortController | undefined
  #cancelLinger: Cancel | undefined

  constructor(kind: Kind<T>, scope: Scope, options: InformersOptions) {
    this.kind = kind
    this.scope = scope
    this.#options = options
    this.changes$ = new Observable((subscriber) => this.#subscribe(subscriber))
  }

  get reader(): Reader<T> {
    return this.#reader
  }
  readonly #reader: Reader<T> = {
    get: (namespace, name) => this.#store.get(namespace, name),
    list: (options) => this.#store.list(options),
    ownedBy: (uid, options) => this.#store.ownedBy(uid, options),
  }

  get size(): number {
    return this.#store.size
  }
  get state(): InformerState {
    return this.#state$.value
  }
  get state$(): Observable<InformerState> {
    return this.#state$.asObservable()
  }
  get synced(): boolean {
    return this.#synced
  }
  get resourceVersion(): string {
    return this.#resourceVersion
  }
  get heardAt(): number | undefined {
    return this.#heardAt
  }

  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return
    this.#indexes.set(name, valuesOf)
    this.#store.addIndex(name, valuesOf)
  }

  find(index: string, value: string): T[] {
    return this.#store.indexed(index, value)
  }

  whenSynced(signal: AbortSignal): Promise<void> {
    return this.#when(() => this.#synced, signal)
  }

  whenSeen(resourceVersion: string, signal: AbortSignal): Promise<void> {
    return this.#when(
      () => compareResourceVersions(this.#resourceVersion, resourceVersion) >= 0,
      signal,
    )
  }

  whenRemoved(object: T, signal: AbortSignal): Promise<void> {
    const { namespace = '', name = '', uid } = object.metadata
    return this.#when(() => {
      const known = this.#store.get(namespace, name)
      return known?.metadata.uid !== uid || known?.metadata.deletionTimestamp !== undefined
    }, signal)
  }

  stop(): void {
    this.#cancelLinger?.()
    this.#cancelLinger = undefined
    this.#running?.abort()
    this.#running = undefined
    this.#synced = false
    this.#heardAt = undefined
    this.#resourceVersion = ''
    this.#store = new Store<T>()
    for (const [name, valuesOf] of this.#indexes) this.#store.addIndex(name, valuesOf)
    this.#state$.next({ name: 'stopped' })
  }

  #when(holds: () => boolean, signal: AbortSignal): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const onAbort = () => {
        this.#waiters.delete(waiter)
        reject(signal.reason)
      }
      const waiter: Waiter = {
        holds,
        resolve: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      this.#waiters.add(waiter)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  #subscribe(subscriber: Subscriber<Change<T>>): () => void {
    this.#cancelLinger?.()
    this.#cancelLinger = undefined
    for (const object of this.#store.list())
      subscriber.next({ type: 'added', object, initial: true })
    this.#subscribers.add(subscriber)
    if (!this.#running) this.#start()
    return () => {
      this.#subscribers.delete(subscriber)
      if (this.#subscribers.size > 0 || !this.#running) return
      const { clock, linger = 30_000 } = this.#options
      this.#cancelLinger = clock.after(linger, () => this.stop())
    }
  }

  #start(): void {
    const { cluster, clock, random, pageSize, idleTimeout } = this.#options
    const running = new AbortController()
    this.#running = running
    const whileRunning = (task: () => void) => {
      if (!running.signal.aborted) task()
    }
    void reflect<T>({
      cluster,
      kind: this.kind,
      scope: this.scope,
      clock,
      random,
      pageSize,
      idleTimeout,
      signal: running.signal,
      sink: {
        replaced: (objects, resourceVersion) =>
          whileRunning(() => this.#replaced(objects, resourceVersion)),
        changed: (type, object) => whileRunning(() => this.#changed(type, object)),
        progressed: (resourceVersion) => whileRunning(() => this.#progressed(resourceVersion)),
        state: (state) => whileRunning(() => this.#state$.next(state)),
      },
    })
  }

  #replaced(objects: T[], resourceVersion: string): void {
    const first = !this.#synced
    const changes = this.#store.replace(objects.map((object) => this.#kept(object)))
    this.#synced = true
    for (const change of changes)
      this.#tell(first && change.type === 'added' ? { ...change, initial: true } : change)
    this.#resourceVersion = ''
    this.#progressed(resourceVersion)
  }

  #changed(type: 'upsert' | 'gone', received: T): void {
    const object = this.#kept(received)
    const changes = type === 'gone' ? this.#store.gone(object) : this.#store.upsert(object)
    for (const change of changes) this.#tell(change)
    this.#progressed(received.metadata.resourceVersion ?? '')
  }

  #kept(object: T): T {
    return keptOf(this.kind, withoutManagedFields(object))
  }

  #progressed(resourceVersion: string): void {
    this.#heardAt = this.#options.clock.monotonic()
    this.#resourceVersion = newerResourceVersion(resourceVersion, this.#resourceVersion)
    for (const waiter of this.#waiters)
      if (waiter.holds()) {
        this.#waiters.delete(waiter)
        waiter.resolve()
      }
  }

  #tell(change: Change<T>): void {
    for (const subscriber of this.#subscribers) subscriber.next(change)
  }
}

/** The largest part of many objects, and no controller's business. */
function withoutManagedFields<T extends WithMeta>(object: T): T {
  if (object.metadata.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
