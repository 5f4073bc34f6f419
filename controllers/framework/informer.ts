/** The caches of a cluster: one for each kind and scope, whoever asks. What each of them does is the informer's. */

import type { Observable } from 'rxjs'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Cluster, WithMeta } from './cluster.ts'
import type { Reader } from './inputs.ts'
import type { Kind } from './kind.ts'
import { cacheKey } from './projection.ts'
import type { ReflectorState, Scope } from './reflector.ts'
import { SharedInformer } from './shared-informer.ts'
import type { Change, IndexFunction } from './store.ts'

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
