/**
 * One cache of one kind: filled by a reflector while anybody subscribes, dropped some time after the last one has left.
 * It tells what it has seen, so that a writer can wait for its own writes; it never writes.
 */

import type { Subscriber } from 'rxjs'
import { frozen } from '../../api/frozen.ts'
import type { Cancel } from '../../ports/clock.ts'
import type { WithMeta } from './cluster.ts'
import type { Informer, InformerState, InformersOptions } from './informer.ts'
import type { Reader } from './inputs.ts'
import type { Kind } from './kind.ts'
import { keptOf } from './projection.ts'
import { reflect, type Scope } from './reflector.ts'
import { compareResourceVersions, newerResourceVersion } from './resource-version.ts'
import { type Change, type IndexFunction, Store } from './store.ts'
import { BehaviorSubject, Observable } from './streams.ts'

interface Waiter {
  holds(): boolean
  resolve(): void
}

export class SharedInformer<T extends WithMeta> implements Informer<T> {
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
    const kept = keptOf(this.kind, withoutManagedFields(object))
    return Object.isFrozen(object) ? frozen(kept) : kept
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
