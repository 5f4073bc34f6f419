/**
 * Runs one controller: turns changes of its inputs into keys, keys into runs, and outcomes into retries. A key that
 * has written is held back until the informers have seen what it wrote.
 */

import type { Observable } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { Attempts } from './attempt.ts'
import { type Cause, Causes } from './causes.ts'
import type { Cluster, WithMeta } from './cluster.ts'
import type { EventText } from './context.ts'
import type { Controller } from './controller.ts'
import { Following, keyOf } from './following.ts'
import type { Informers } from './informer.ts'
import type { Key } from './inputs.ts'
import { Intents } from './intents.ts'
import { Loops } from './loops.ts'
import { keyText, type Outcome, type Priority, WorkQueue } from './queue.ts'
import type { Reconciled } from './reconciled.ts'
import type { Change } from './store.ts'
import { Subject } from './streams.ts'
import { type Tracer, traceRun } from './tracing.ts'
import { OwnWrites } from './writes.ts'

export type { Reconciled }

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
  /** Told of every run. */
  tracer?: Tracer
}

/** Runs between two turns of the event loop, so that many runs that do nothing do not stop everything else. */
const runsPerTurn = 32

export class Runner {
  readonly reconciles$: Observable<Reconciled>
  readonly #reconciles$ = new Subject<Reconciled>()
  readonly #options: RunnerOptions
  readonly #queue: WorkQueue
  readonly #stop = new AbortController()
  readonly #following: Following
  readonly #attempts: Attempts
  readonly #causes = new Causes()
  readonly #loops = new Loops()
  /** Keys that ended in a `TerminalError`, with the version of the object for which they did. */
  readonly #terminal = new Map<string, string>()
  readonly #inFlight = new Set<Promise<void>>()
  #running = 0
  #pumping = false
  #runsThisTurn = 0
  #active = false

  constructor(options: RunnerOptions) {
    this.#options = options
    const { controller, informers, clock, record } = options
    this.reconciles$ = this.#reconciles$.asObservable()
    this.#queue = new WorkQueue({ clock, onReady: () => this.#wake() })
    this.#following = new Following({
      controller,
      informers,
      changed: (key, cause, initial) => this.#add(key, cause, initial ? 'low' : 'high'),
      primaryChanged: (key, change) => this.#primaryChanged(key, change),
      failed: (key, error) => this.#report({ key, outcome: { type: 'terminal' }, error }),
    })
    this.#attempts = new Attempts({
      ...options,
      following: this.#following,
      intents: new Intents(),
      signal: this.#stop.signal,
      record: (about, event) => record(controller, about, event),
    })
  }

  get controller(): Controller {
    return this.#options.controller
  }
  get queueAdds(): number {
    return this.#queue.adds
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
  watch(): Promise<void> {
    return this.#following.start(this.#stop.signal)
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
    this.#following.stop()
    this.#queue.close()
    const enough = new AbortController()
    const tooLong = sleep(this.#options.clock, 10_000, enough.signal).catch(() => {})
    await Promise.race([Promise.all(this.#inFlight), tooLong])
    enough.abort()
    this.#reconciles$.complete()
  }

  #add(key: Key, cause: Cause, priority: Priority): void {
    this.#causes.add(key, cause)
    this.#queue.add(key, priority)
  }

  #primaryChanged(key: Key, change: Change<KubernetesObject>): void {
    if (change.type === 'deleted') this.#terminal.delete(keyText(key))
    if (change.type === 'updated' && version(change.object) !== version(change.previous))
      this.#queue.reset(key)
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
    for (const object of this.#following.primaries.list())
      this.#add(keyOf(object), { role: 'resync' }, 'low')
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
      ...this.#options,
      signal: this.#stop.signal,
      informer: (kind) => this.#following.informer(kind),
    })
    this.#running++
    const outcome = await this.#run(key, writes)
    this.#running--
    this.#wake()
    try {
      await writes.seen()
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#report({ key, outcome: { type: 'terminal' }, error })
    }
    this.#next(key, outcome)
  }

  #next(key: Key, outcome: Outcome): void {
    if (outcome.type === 'failed') this.#causes.add(key, { role: 'retry' })
    if (outcome.type === 'ok' && outcome.requeueAfter !== undefined)
      this.#causes.add(key, { role: 'requeue' })
    this.#queue.finish(key, outcome)
  }

  async #run(key: Key, writes: OwnWrites): Promise<Outcome> {
    const { controller, clock, tracer } = this.#options
    const causes = this.#causes.take(key)
    const object = this.#following.primaries.get(key.namespace, key.name)
    if (!object && !controller.runsWhenGone) return { type: 'ok' }
    const now = object ? version(object) : ''
    if (this.#terminal.get(keyText(key)) === now) return { type: 'terminal' }
    this.#terminal.delete(keyText(key))
    const started = clock.monotonic()
    const waited = this.#queue.waited(key)
    const attempt = () => this.#attempts.run(key, object, writes)
    const beginning = { controller: controller.name, key, causes, waited, now: clock.now() }
    const { outcome, error } = await (tracer ? traceRun(tracer, beginning, attempt) : attempt())
    if (outcome.type === 'terminal') this.#terminal.set(keyText(key), now)
    const duration = clock.monotonic() - started
    const warning = this.#loops.ended(key, causes, writes.changes)
    this.#report({ key, outcome, error, duration, waited, writes: writes.count, causes, warning })
    return outcome
  }

  /** Says only what there is to say. */
  #report({ error, warning, ...told }: Ended): void {
    const { name } = this.#options.controller
    this.#reconciles$.next({
      controller: name,
      duration: 0,
      waited: 0,
      writes: 0,
      causes: [],
      ...told,
      ...(error === undefined ? {} : { error }),
      ...(warning === undefined ? {} : { warning }),
    })
  }
}

interface Ended extends Partial<Omit<Reconciled, 'controller' | 'key' | 'outcome' | 'warning'>> {
  key: Key
  outcome: Outcome
  warning?: string | undefined
}

/** Changes whenever somebody wants something else of the object, not when its status is written. */
const version = ({ metadata }: WithMeta): string =>
  `${metadata.uid}/${metadata.generation ?? metadata.resourceVersion}/${metadata.deletionTimestamp ?? ''}`
