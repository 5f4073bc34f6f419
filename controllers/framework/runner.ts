/**
 * Runs one controller: turns changes of its inputs into keys, keys into runs, and outcomes into retries. A key that
 * has written is held back until the informers have seen what it wrote.
 */

import type { Observable, Subscription } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Cluster, WithMeta } from './cluster.ts'
import { Run, undeclared } from './context.ts'
import {
  type Controller,
  type EventText,
  type Input,
  type Key,
  type Reader,
  TerminalError,
} from './controller.ts'
import type { Informer, Informers } from './informer.ts'
import { type Kind, kindKey } from './kind.ts'
import { keyText, type Outcome, type Priority, WorkQueue } from './queue.ts'
import type { Scope } from './reflector.ts'
import type { Change } from './store.ts'
import { Subject } from './streams.ts'
import { OwnWrites } from './writes.ts'

/** One run that has ended. */
export interface Reconciled {
  controller: string
  key: Key
  outcome: Outcome
  /** Milliseconds. */
  duration: number
  writes: number
  /** What it threw. */
  error?: unknown
}

export interface RunnerOptions {
  controller: Controller
  cluster: Cluster
  informers: Informers
  clock: Clock
  random: Random
  component: string
  fence(): void
  record(controller: Controller, about: KubernetesObject, event: EventText): void
  /** Milliseconds between two runs of all keys (10 h, plus up to a tenth). */
  resyncPeriod?: number
  /** Milliseconds after which a run's signal aborts (300,000). */
  runTimeout?: number
}

/** Runs between two turns of the event loop, so that many runs that do nothing do not stop everything else. */
const runsPerTurn = 32

export class Runner {
  readonly reconciles$: Observable<Reconciled>
  readonly #reconciles$ = new Subject<Reconciled>()
  readonly #options: RunnerOptions
  readonly #queue: WorkQueue
  readonly #stop = new AbortController()
  readonly #informers = new Map<string, Informer<WithMeta>>()
  readonly #subscriptions: Subscription[] = []
  /** Keys that ended in a `TerminalError`, with the version of the object for which they did. */
  readonly #terminal = new Map<string, string>()
  readonly #inFlight = new Set<Promise<void>>()
  #running = 0
  #pumping = false
  #runsThisTurn = 0
  #active = false

  constructor(options: RunnerOptions) {
    this.#options = options
    this.reconciles$ = this.#reconciles$.asObservable()
    this.#queue = new WorkQueue({ clock: options.clock, onReady: () => this.#wake() })
  }

  get controller(): Controller {
    return this.#options.controller
  }
  get queueDepth(): number {
    return this.#queue.depth
  }
  get retrying(): number {
    return this.#queue.retrying
  }
  get running(): number {
    return this.#running
  }

  /** Begins to watch and to fill the queue. Resolves when all inputs have been listed once. */
  async watch(): Promise<void> {
    const { controller } = this.#options
    for (const input of controller.inputs)
      this.#follow(input.kind, input.scope, (change) => this.#inputChanged(input, change))
    this.#follow(controller.primary, undefined, (change) => this.#primaryChanged(change))
    for (const trigger of controller.triggers)
      this.#subscriptions.push(
        trigger.subscribe({
          next: (key) => this.#queue.add(key),
          error: (error: unknown) => this.#report({ namespace: '', name: '' }, error),
        }),
      )
    const { signal } = this.#stop
    await Promise.all([...this.#informers.values()].map((informer) => informer.whenSynced(signal)))
  }

  /** Begins to run keys. */
  start(): void {
    this.#active = true
    this.#resync()
    this.#wake()
  }

  /** Takes no more keys, aborts the runs under way and resolves when they have ended (10 s later at the latest). */
  async stop(reason: unknown): Promise<void> {
    this.#active = false
    this.#stop.abort(reason)
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    this.#queue.close()
    const enough = new AbortController()
    const tooLong = sleep(this.#options.clock, 10_000, enough.signal).catch(() => {})
    await Promise.race([Promise.all(this.#inFlight), tooLong])
    enough.abort()
    this.#reconciles$.complete()
  }

  #follow(
    kind: Kind,
    scope: Scope | undefined,
    changed: (change: Change<KubernetesObject>) => void,
  ): void {
    const informer = this.#options.informers.of(kind, scope)
    this.#informers.set(kindKey(kind), informer as unknown as Informer<WithMeta>)
    this.#subscriptions.push(informer.changes$.subscribe(changed))
  }

  #primaryChanged(change: Change<KubernetesObject>): void {
    const key = keyOf(change.object)
    const { controller } = this.#options
    if (change.type === 'deleted') {
      this.#terminal.delete(keyText(key))
      if (!controller.runsWhenGone) return
    }
    if (change.type === 'updated' && version(change.object) !== version(change.previous))
      this.#queue.reset(key)
    this.#queue.add(key, priorityOf(change))
  }

  #inputChanged(input: Input, change: Change<KubernetesObject>): void {
    if (input.role === 'reads') return
    const objects = change.type === 'updated' ? [change.previous, change.object] : [change.object]
    for (const object of objects)
      for (const key of this.#keysFor(input, object)) this.#queue.add(key, priorityOf(change))
  }

  #keysFor(input: Exclude<Input, { role: 'reads' }>, object: KubernetesObject): Key[] {
    if (input.role === 'owns') return ownerKeys(this.#options.controller.primary, object)
    try {
      return input.map(object, (kind) => this.#reader(kind))
    } catch (error) {
      this.#report(keyOf(object), error)
      return []
    }
  }

  #reader<T extends WithMeta>(kind: Kind<T>): Reader<T> {
    const informer = this.#informers.get(kindKey(kind as Kind))
    if (!informer) throw new Error(undeclared(this.#options.controller, kind as Kind))
    return informer.reader as unknown as Reader<T>
  }

  #report(key: Key, error: unknown): void {
    const { name } = this.#options.controller
    const outcome: Outcome = { type: 'terminal' }
    this.#reconciles$.next({ controller: name, key, outcome, duration: 0, writes: 0, error })
  }

  #resync(): void {
    const { clock, random, resyncPeriod = 36_000_000 } = this.#options
    const cancel = clock.after(resyncPeriod * (1 + random.next() / 10), () => {
      this.#stop.signal.removeEventListener('abort', cancel)
      this.#addAll()
      this.#resync()
    })
    this.#stop.signal.addEventListener('abort', cancel, { once: true })
  }

  #addAll(): void {
    const { informers, controller } = this.#options
    for (const object of informers.of(controller.primary).reader.list())
      this.#queue.add(keyOf(object), 'low')
  }

  /** Many changes in one turn make one look at the queue. */
  #wake(): void {
    if (this.#pumping || !this.#active) return
    this.#pumping = true
    const pump = () => {
      this.#pumping = false
      this.#pump()
    }
    if (this.#runsThisTurn < runsPerTurn) queueMicrotask(pump)
    else
      setImmediate(() => {
        this.#runsThisTurn = 0
        pump()
      })
  }

  #pump(): void {
    while (this.#active && this.#running < this.#options.controller.concurrency) {
      if (this.#runsThisTurn >= runsPerTurn) {
        this.#wake()
        return
      }
      const key = this.#queue.take()
      if (!key) break
      this.#runsThisTurn++
      const work = this.#work(key).finally(() => this.#inFlight.delete(work))
      this.#inFlight.add(work)
    }
    if (this.#queue.depth === 0 && this.#queue.takeOverflow()) this.#addAll()
  }

  async #work(key: Key): Promise<void> {
    const writes = new OwnWrites({
      cluster: this.#options.cluster,
      clock: this.#options.clock,
      signal: this.#stop.signal,
      informer: (kind) => this.#informers.get(kindKey(kind)),
    })
    this.#running++
    const outcome = await this.#run(key, writes)
    this.#running--
    this.#wake()
    try {
      await writes.seen()
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#report(key, error)
    }
    this.#queue.finish(key, outcome)
  }

  async #run(key: Key, writes: OwnWrites): Promise<Outcome> {
    const { controller, clock } = this.#options
    const { namespace, name } = key
    const object = this.#informers.get(kindKey(controller.primary))?.reader.get(namespace, name) as
      | KubernetesObject
      | undefined
    if (!object && !controller.runsWhenGone) return { type: 'ok' }
    const now = object ? version(object) : ''
    if (this.#terminal.get(keyText(key)) === now) return { type: 'terminal' }
    this.#terminal.delete(keyText(key))
    const started = clock.monotonic()
    const { outcome, error } = await this.#reconcile(key, object, writes)
    if (outcome.type === 'terminal') this.#terminal.set(keyText(key), now)
    this.#reconciles$.next({
      controller: controller.name,
      key,
      outcome,
      duration: clock.monotonic() - started,
      writes: writes.count,
      ...(error === undefined ? {} : { error }),
    })
    return outcome
  }

  async #reconcile(
    key: Key,
    object: KubernetesObject | undefined,
    writes: OwnWrites,
  ): Promise<{ outcome: Outcome; error?: unknown }> {
    const { controller, clock, runTimeout = 300_000 } = this.#options
    const abort = new AbortController()
    const onStop = () => abort.abort(this.#stop.signal.reason)
    this.#stop.signal.addEventListener('abort', onStop, { once: true })
    const cancel = clock.after(runTimeout, () =>
      abort.abort(new Error(`${controller.name} ${keyText(key)} ran longer than ${runTimeout} ms`)),
    )
    try {
      const context = this.#context(key, abort.signal, writes)
      const result = await controller.reconcile(object, context as never)
      return { outcome: { type: 'ok', ...result } }
    } catch (error) {
      return { outcome: { type: error instanceof TerminalError ? 'terminal' : 'failed' }, error }
    } finally {
      cancel()
      this.#stop.signal.removeEventListener('abort', onStop)
    }
  }

  #context(key: Key, signal: AbortSignal, writes: OwnWrites): Run {
    const { controller, cluster, clock, random, component, fence, record } = this.#options
    return new Run({
      controller,
      key,
      cluster,
      clock,
      random,
      signal,
      writes,
      fence,
      fieldManager: `${component}-${controller.name}`,
      reader: (kind) => this.#reader(kind),
      record: (about, event) => record(controller, about, event),
    })
  }
}

const keyOf = ({ metadata: { namespace = '', name = '' } }: WithMeta): Key => ({ namespace, name })

const priorityOf = (change: Change<KubernetesObject>): Priority =>
  change.type === 'added' && change.initial ? 'low' : 'high'

/** Changes whenever somebody wants something else of the object, not when its status is written. */
const version = ({ metadata }: WithMeta): string =>
  `${metadata.uid}/${metadata.generation ?? metadata.resourceVersion}/${metadata.deletionTimestamp ?? ''}`

function ownerKeys(primary: Kind, { metadata }: WithMeta): Key[] {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller)
  if (!owner || owner.kind !== primary.kind) return []
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.split('/')[0] : ''
  if (group !== primary.group) return []
  return [{ namespace: primary.namespaced ? (metadata.namespace ?? '') : '', name: owner.name }]
}
