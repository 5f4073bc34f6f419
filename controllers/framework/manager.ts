/**
 * Runs controllers against a cluster: shares their informers, lets them write only while this process leads, and ends
 * all of it together. It never ends the process; `done` says how it went.
 */

import type { Observable } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { type Cluster, ConnectionError } from './cluster.ts'
import type { Controller, EventText } from './controller.ts'
import { type Recorder, recorder } from './events.ts'
import { fencedCluster } from './fenced-cluster.ts'
import { Informers } from './informer.ts'
import { elect, type LeaderElectionOptions, type Leadership } from './leader-election.ts'
import { type Reconciled, Runner } from './runner.ts'
import { BehaviorSubject, merge, Subject } from './streams.ts'

/** What a manager needs to run controllers. */
export interface ManagerOptions {
  cluster: Cluster
  controllers: Controller[]
  clock: Clock
  random: Random
  /** Who writes; the prefix of field managers and the reporting instance of events. */
  component: string
  /** Runs only while it holds this Lease; always without it. */
  leaderElection?: LeaderElectionOptions
  /** Caches to share with others; its own without. They are then stopped by whoever made them. */
  informers?: Informers
  /** Milliseconds between two runs of all keys (10 h, plus up to a tenth). */
  resyncPeriod?: number
  /** What else runs only while this process leads, each until its signal aborts. */
  whileLeading?: Runnable[]
}

/** What is no controller of one kind but runs beside them; when it rejects, the manager ends. */
export interface Runnable {
  readonly name: string
  run(context: RunnableContext): Promise<void>
}

export interface RunnableContext {
  /** Its writes are refused when this process does not lead (any more). */
  cluster: Cluster
  informers: Informers
  clock: Clock
  random: Random
  signal: AbortSignal
  /** As `Context.event`. */
  event(about: KubernetesObject, event: EventText): void
}

/** Gauges at one moment. */
export interface ManagerMeasures {
  controllers: {
    name: string
    /** Keys that may run, keys that run, keys that have failed and wait. */
    depth: number
    running: number
    retrying: number
  }[]
  informers: { kind: string; state: string; objects: number }[]
  /** Events that were not recorded because the queue was full. */
  eventsDropped: number
}

export type ManagerState = 'syncing' | 'standby' | 'leading' | 'stopped'

export interface RunningManager {
  /** Resolves when the informers have synced and, with leader election, the lease is held. */
  readonly ready: Promise<void>
  readonly state$: Observable<ManagerState>
  /** Rejects when it can never run again (lost lease); resolves after `stop`. */
  readonly done: Promise<void>
  /** Every run that ended, and every failure outside of one (a mapper that threw). */
  readonly reconciles$: Observable<Reconciled>
  /** What its informers know, for readiness and for power users. */
  readonly informers: Informers
  measure(): ManagerMeasures
  stop(): Promise<void>
}

/** Starts at once; await `ready` before relying on it, and watch `done`. */
export function startManager(options: ManagerOptions): RunningManager {
  return new Manager(options)
}

class Manager implements RunningManager {
  readonly ready: Promise<void>
  readonly done: Promise<void>
  readonly informers: Informers
  readonly #options: ManagerOptions
  readonly #recorder: Recorder
  readonly #runners: Runner[]
  readonly #state$ = new BehaviorSubject<ManagerState>('syncing')
  readonly #reconciles$ = new Subject<Reconciled>()
  readonly #stop = new AbortController()
  #leadership: Leadership | undefined
  #beside: Promise<void>[] = []
  #stopping: Promise<void> | undefined
  #finish!: { resolve(): void; reject(error: unknown): void }

  constructor(options: ManagerOptions) {
    const { cluster, clock, random, component, controllers } = options
    this.#options = options
    this.informers = options.informers ?? new Informers({ cluster, clock, random })
    this.#recorder = recorder({ cluster, clock, random, component })
    this.#runners = controllers.map((controller) => this.#runner(controller))
    merge(...this.#runners.map((runner) => runner.reconciles$)).subscribe(this.#reconciles$)
    this.done = new Promise((resolve, reject) => {
      this.#finish = { resolve, reject }
    })
    this.ready = this.#run()
    // Either may be all that its owner awaits.
    this.ready.catch(() => {})
    this.done.catch(() => {})
  }

  get state$() {
    return this.#state$.asObservable()
  }
  get reconciles$() {
    return this.#reconciles$.asObservable()
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#end(new Error('the manager has stopped')).then(() =>
      this.#finish.resolve(),
    )
    return this.#stopping
  }

  measure(): ManagerMeasures {
    return {
      controllers: this.#runners.map((runner) => ({
        name: runner.controller.name,
        depth: runner.queueDepth,
        running: runner.running,
        retrying: runner.retrying,
      })),
      informers: this.informers.all().map(({ kind, state, size }) => ({
        kind: kind.kind,
        state: state.name,
        objects: size,
      })),
      eventsDropped: this.#recorder.dropped,
    }
  }

  #runner(controller: Controller): Runner {
    const { cluster, clock, random, component, resyncPeriod } = this.#options
    return new Runner({
      controller,
      cluster,
      informers: this.informers,
      clock,
      random,
      component,
      ...(resyncPeriod === undefined ? {} : { resyncPeriod }),
      fence: () => this.#leadership?.fence(),
      record: ({ name }, about, event) => this.#recorder.record(about, event, `${name}-controller`),
    })
  }

  async #run(): Promise<void> {
    const synced = Promise.all(this.#runners.map((runner) => runner.watch()))
    synced.catch(() => {})
    const { leaderElection, cluster, clock, random } = this.#options
    if (leaderElection) {
      synced.then(() => this.#move('standby', 'syncing')).catch(() => {})
      const { signal } = this.#stop
      this.#leadership = await elect({ ...leaderElection, cluster, clock, random, signal })
      this.#leadership.signal.addEventListener(
        'abort',
        () => this.#fail(this.#leadership?.signal.reason),
        {
          once: true,
        },
      )
    }
    await synced
    this.#stop.signal.throwIfAborted()
    this.#state$.next('leading')
    for (const runner of this.#runners) runner.start()
    this.#beside = (this.#options.whileLeading ?? []).map((runnable) => this.#runBeside(runnable))
  }

  async #runBeside(runnable: Runnable): Promise<void> {
    const { clock, random } = this.#options
    const { signal } = this.#stop
    try {
      await runnable.run({
        cluster: fencedCluster(this.#options.cluster, () => this.#fence()),
        informers: this.informers,
        clock,
        random,
        signal,
        event: (about, text) => this.#recorder.record(about, text, `${runnable.name}-controller`),
      })
    } catch (error) {
      if (!signal.aborted) this.#fail(new Error(`${runnable.name} has failed`, { cause: error }))
    }
  }

  #fence(): void {
    this.#stop.signal.throwIfAborted()
    this.#leadership?.fence()
  }

  #move(to: ManagerState, from: ManagerState): void {
    if (this.#state$.value === from) this.#state$.next(to)
  }

  #fail(reason: unknown): void {
    this.#stopping ??= this.#end(reason).then(() => this.#finish.reject(reason))
  }

  async #end(reason: unknown): Promise<void> {
    this.#stop.abort(reason)
    const { clock } = this.#options
    const enough = new AbortController()
    const tooLong = sleep(clock, 10_000, enough.signal).catch(() => {})
    await Promise.race([Promise.all(this.#beside), tooLong])
    enough.abort()
    await Promise.all(this.#runners.map((runner) => runner.stop(reason)))
    await this.#recorder.stop()
    await this.#leadership?.release().catch((error: unknown) => this.#unreleased(error))
    if (!this.#options.informers) this.informers.stop()
    this.#state$.next('stopped')
    this.#state$.complete()
    this.#reconciles$.complete()
  }

  /** The lease then ends by itself. */
  #unreleased(error: unknown): void {
    if (error instanceof ConnectionError) return
    const key = { namespace: '', name: this.#options.leaderElection?.name ?? '' }
    const outcome = { type: 'terminal' } as const
    const controller = 'leader-election'
    this.#reconciles$.next({ controller, key, outcome, duration: 0, writes: 0, error })
  }
}
