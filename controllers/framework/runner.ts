/**
 * Runs one controller: turns changes of its inputs into keys, keys into runs, and outcomes into retries. A key that
 * has written is held back until the informers have seen what it wrote.
 */

import type { Observable } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { Attempts } from './attempt.ts'
import { Backlog } from './backlog.ts'
import { accountOf, type Cause, Causes } from './causes.ts'
import type { Cluster } from './cluster.ts'
import type { EventText } from './context.ts'
import type { Controller } from './controller.ts'
import { Following } from './following.ts'
import { GivenUp, wishOf } from './given-up.ts'
import type { Informers } from './informer.ts'
import { type Key, keyOf } from './inputs.ts'
import { Intents } from './intents.ts'
import type { Priority } from './lanes.ts'
import { Loops } from './loops.ts'
import { onAccountOf } from './origin.ts'
import { Pump } from './pump.ts'
import { type Outcome, WorkQueue } from './queue.ts'
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
  /** As of the queue. */
  queue?: { capacity: number }
}

export class Runner {
  readonly reconciles$: Observable<Reconciled>
  readonly #reconciles$ = new Subject<Reconciled>()
  readonly #options: RunnerOptions
  readonly #queue: WorkQueue
  readonly #backlog: Backlog
  readonly #stop = new AbortController()
  readonly #following: Following
  readonly #attempts: Attempts
  readonly #causes = new Causes()
  readonly #loops = new Loops()
  readonly #givenUp = new GivenUp()
  readonly #pump: Pump

  constructor(options: RunnerOptions) {
    this.#options = options
    const { controller, informers, clock, record, queue } = options
    this.reconciles$ = this.#reconciles$.asObservable()
    this.#queue = new WorkQueue({ clock, ...queue, onReady: () => this.#pump.wake() })
    this.#backlog = new Backlog(this.#queue, (key) => this.#add(key, { role: 'resync' }, 'low'))
    this.#pump = new Pump({
      concurrency: controller.concurrency,
      take: () => this.#queue.take(),
      work: (key) => this.#work(key),
      idle: () => {
        if (!this.#backlog.resume() && this.#queue.takeOverflow()) this.#addAll()
      },
    })
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
    return this.#pump.running
  }

  /** Begins to watch and to fill the queue. Resolves when all inputs have been listed once. */
  watch(): Promise<void> {
    return this.#following.start(this.#stop.signal)
  }

  /** Begins to run keys. */
  start(): void {
    this.#resync()
    this.#pump.start()
  }

  /** Takes no more keys, aborts the runs under way and resolves when they have ended (10 s later at the latest). */
  async stop(reason: unknown): Promise<void> {
    this.#stop.abort(reason)
    this.#following.stop()
    this.#queue.close()
    const enough = new AbortController()
    const tooLong = sleep(this.#options.clock, 10_000, enough.signal).catch(() => {})
    await Promise.race([this.#pump.stop(), tooLong])
    enough.abort()
    this.#reconciles$.complete()
  }

  #add(key: Key, cause: Cause, priority: Priority): void {
    this.#causes.add(key, cause)
    this.#queue.add(key, priority)
  }

  #primaryChanged(key: Key, change: Change<KubernetesObject>): void {
    if (change.type === 'deleted') {
      this.#givenUp.delete(key)
      this.#queue.forget(key)
    }
    if (change.type === 'updated' && wishOf(change.object) !== wishOf(change.previous))
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
    this.#backlog.begin(this.#following.primaries.list().map(keyOf))
  }

  async #work(key: Key): Promise<() => Promise<void>> {
    const writes = new OwnWrites({
      ...this.#options,
      signal: this.#stop.signal,
      informer: (kind) => this.#following.informer(kind),
    })
    const { outcome, pause } = await this.#run(key, writes)
    return async () => {
      try {
        await writes.seen()
        if (writes.vanished) this.#add(key, { role: 'vanished' }, 'high')
        if (pause > 0) await sleep(this.#options.clock, pause, this.#stop.signal)
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#report({ key, outcome: { type: 'terminal' }, error })
      }
      this.#next(key, outcome)
    }
  }

  #next(key: Key, outcome: Outcome): void {
    if (outcome.type === 'failed') this.#causes.add(key, { role: 'retry' })
    if (outcome.type === 'ok' && outcome.requeueAfter !== undefined)
      this.#causes.add(key, { role: 'requeue' })
    this.#queue.finish(key, outcome)
  }

  async #run(key: Key, writes: OwnWrites): Promise<{ outcome: Outcome; pause: number }> {
    const { controller, clock, tracer } = this.#options
    const collected = this.#causes.take(key)
    const { causes } = collected
    const object = this.#following.primaries.get(key.namespace, key.name)
    if (!object && !controller.runsWhenGone) return { outcome: { type: 'ok' }, pause: 0 }
    if (this.#givenUp.has(key, object)) return { outcome: { type: 'terminal' }, pause: 0 }
    this.#givenUp.delete(key)
    const started = clock.monotonic()
    const waited = this.#queue.waited(key)
    const account = accountOf(controller, key, object, collected)
    const attempt = () => onAccountOf(account, () => this.#attempts.run(key, object, writes))
    const beginning = { controller: controller.name, key, causes, waited, now: clock.now() }
    const { outcome, error } = await (tracer ? traceRun(tracer, beginning, attempt) : attempt())
    if (outcome.type === 'terminal') this.#givenUp.add(key, object)
    const duration = clock.monotonic() - started
    const { warning, pause } = this.#loops.ended(key, causes, writes.changes)
    this.#report({ key, outcome, error, duration, waited, writes: writes.count, causes, warning })
    return { outcome, pause }
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
