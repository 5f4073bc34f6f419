/**
 * Runs controllers against a cluster: shares their informers, asks whether it may do what they declare, lets them write
 * only while this process leads, and ends all of it together. It never ends the process; `done` says how it went.
 */

import { sleep } from '../../ports/clock.ts'
import { assertControllers } from './assert-controllers.ts'
import { ConnectionError, type WithMeta } from './cluster.ts'
import type { Controller } from './controller.ts'
import { type Recorder, recorder } from './events.ts'
import { fencedCluster } from './fenced-cluster.ts'
import { type Informer, Informers } from './informer.ts'
import { elect, type Leadership } from './leader-election.ts'
import { type ObservedCluster, observedCluster, type RequestMeasure } from './observed-cluster.ts'
import { permissionsOf } from './permissions.ts'
import { preflight } from './preflight.ts'
import { type Reconciled, Runner } from './runner.ts'
import type {
  InformerMeasures,
  ManagerMeasures,
  ManagerOptions,
  ManagerState,
  Runnable,
  RunningManager,
} from './running-manager.ts'
import { BehaviorSubject, merge, Subject } from './streams.ts'

export type * from './running-manager.ts'

/**
 * Starts at once; await `ready` before relying on it, and watch `done`.
 *
 *     const manager = startManager({ cluster, controllers: [site], clock, random, component: 'site' })
 *     await manager.ready
 *     await manager.stop()
 */
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
  readonly #requests$ = new Subject<RequestMeasure>()
  readonly #cluster: ObservedCluster
  readonly #stop = new AbortController()
  #leadership: Leadership | undefined
  #beside: Promise<void>[] = []
  #stopping: Promise<void> | undefined
  #finish!: { resolve(): void; reject(error: unknown): void }

  constructor(options: ManagerOptions) {
    const { clock, random, component, controllers, tracer, watchNamespace: namespace } = options
    assertControllers(controllers)
    this.#options = options
    const cluster = observedCluster(options.cluster, {
      clock,
      ...(tracer ? { tracer } : {}),
      answered: (measure) => this.#requests$.next(measure),
    })
    this.#cluster = cluster
    this.informers =
      options.informers ??
      new Informers({ cluster, clock, random, ...(namespace === undefined ? {} : { namespace }) })
    this.#recorder = recorder({ cluster, clock, random, component })
    this.#runners = controllers.map((controller) => this.#runner(controller))
    merge(...this.#runners.map((runner) => runner.reconciles$)).subscribe(this.#reconciles$)
    this.done = new Promise((resolve, reject) => {
      this.#finish = { resolve, reject }
    })
    this.ready = this.#run()
    // Either may be all that its owner awaits.
    this.ready.catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#fail(error)
    })
    this.done.catch(() => {})
  }

  get state$() {
    return this.#state$.asObservable()
  }
  get reconciles$() {
    return this.#reconciles$.asObservable()
  }

  get requests$() {
    return this.#requests$.asObservable()
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
        adds: runner.queueAdds,
        depth: runner.queueDepth,
        running: runner.running,
        retrying: runner.retrying,
      })),
      informers: this.informers.all().map((informer) => this.#measureOf(informer)),
      watches: this.#cluster.watches,
      eventsDropped: this.#recorder.dropped,
    }
  }

  #measureOf({ kind, scope, state, synced, size, heardAt }: Informer<WithMeta>): InformerMeasures {
    const { namespace } = scope
    return {
      kind: kind.kind,
      resource: kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`,
      ...(namespace === undefined ? {} : { namespace }),
      state: state.name,
      synced,
      objects: size,
      ...(heardAt === undefined ? {} : { lastEventAge: this.#options.clock.monotonic() - heardAt }),
      ...(state.name === 'degraded' ? { error: state.error } : {}),
    }
  }

  #runner(controller: Controller): Runner {
    const { clock, random, component, resyncPeriod, tracer } = this.#options
    return new Runner({
      controller,
      cluster: this.#cluster,
      informers: this.informers,
      clock,
      random,
      component,
      ...(resyncPeriod === undefined ? {} : { resyncPeriod }),
      ...(tracer === undefined ? {} : { tracer }),
      fence: () => this.#leadership?.fence(),
      record: ({ name }, about, event) => this.#recorder.record(about, event, `${name}-controller`),
    })
  }

  async #run(): Promise<void> {
    const synced = Promise.all(this.#runners.map((runner) => runner.watch()))
    synced.catch(() => {})
    const allowed = this.#preflight()
    const led = this.#lead(synced, allowed)
    await Promise.all([allowed, led])
    await synced
    this.#stop.signal.throwIfAborted()
    this.#state$.next('leading')
    for (const runner of this.#runners) runner.start()
    this.#beside = (this.#options.whileLeading ?? []).map((runnable) => this.#runBeside(runnable))
  }

  /** Beside the first lists, so that it delays nothing; what is missing ends the manager. */
  async #preflight(): Promise<void> {
    const { preflight: wanted, controllers, clock, random, ...rest } = this.#options
    if (!wanted) return
    const { watchNamespace, leaderElection } = rest
    const permissions = permissionsOf(controllers, {
      ...(watchNamespace === undefined ? {} : { watchNamespace }),
      ...(leaderElection ? { leaderElection } : {}),
    })
    const { signal } = this.#stop
    await preflight(permissions, { cluster: this.#cluster, clock, random, signal })
  }

  /** A standby fills its caches, so that it can begin as soon as it leads. */
  async #lead(synced: Promise<unknown>, allowed: Promise<void>): Promise<void> {
    const { leaderElection, clock, random } = this.#options
    if (!leaderElection) return
    Promise.all([synced, allowed]).then(
      () => this.#move('standby', 'syncing'),
      () => {},
    )
    const { signal } = this.#stop
    const cluster = this.#cluster
    const leadership = await elect({ ...leaderElection, cluster, clock, random, signal })
    this.#leadership = leadership
    const onLost = () => this.#fail(leadership.signal.reason)
    leadership.signal.addEventListener('abort', onLost, { once: true })
  }

  async #runBeside(runnable: Runnable): Promise<void> {
    const { clock, random } = this.#options
    const { signal } = this.#stop
    try {
      await runnable.run({
        cluster: fencedCluster(this.#cluster, () => this.#fence()),
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
    const beside = Promise.race([Promise.all(this.#beside), tooLong]).then(() => enough.abort())
    await Promise.all([beside, ...this.#runners.map((runner) => runner.stop(reason))])
    await this.#recorder.stop()
    await this.#leadership?.release().catch((error: unknown) => this.#unreleased(error))
    if (!this.#options.informers) this.informers.stop()
    this.#state$.next('stopped')
    this.#state$.complete()
    this.#reconciles$.complete()
    this.#requests$.complete()
  }

  /** The lease then ends by itself. */
  #unreleased(error: unknown): void {
    if (error instanceof ConnectionError) return
    const key = { namespace: '', name: this.#options.leaderElection?.name ?? '' }
    const outcome = { type: 'terminal' } as const
    const controller = 'leader-election'
    this.#reconciles$.next({
      controller,
      key,
      outcome,
      duration: 0,
      waited: 0,
      writes: 0,
      causes: [],
      error,
    })
  }
}
