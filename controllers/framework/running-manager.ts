/** What a manager is given, and what it tells of itself while it runs. */

import type { Observable } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Cluster } from './cluster.ts'
import type { Controller, EventText } from './controller.ts'
import type { Informers } from './informer.ts'
import type { LeaderElectionOptions } from './leader-election.ts'
import type { RequestMeasure } from './observed-cluster.ts'
import type { Reconciled } from './reconciled.ts'
import type { Tracer } from './tracing.ts'

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
  /** Asks at start whether it may do all that is declared, and ends with a `PreflightError` if not (false). */
  preflight?: boolean
  /** Looks at this namespace alone; at all of them without it, except where an input says its own. */
  watchNamespace?: string
  /** Told of every run and every request, as spans. */
  tracer?: Tracer
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

/** What a runnable may use. */
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
    /** How often a key became one that may run. */
    adds: number
    /** Keys that may run, keys that run, keys that have failed and wait. */
    depth: number
    running: number
    retrying: number
  }[]
  informers: InformerMeasures[]
  /** Watches that are open. */
  watches: number
  /** Events that were not recorded because the queue was full. */
  eventsDropped: number
}

/** One cache at one moment. */
export interface InformerMeasures {
  kind: string
  /** Plural and group: `deployments.apps`. */
  resource: string
  namespace?: string
  state: string
  /** All objects were listed once. */
  synced: boolean
  objects: number
  /** Milliseconds since the server was last heard of; bookmarks come every minute. */
  lastEventAge?: number
  /** Why what is known may be old. */
  error?: unknown
}

/** `standby`: ready to run as soon as the lease is held. `leading`: its controllers run. */
export type ManagerState = 'syncing' | 'standby' | 'leading' | 'stopped'

/** A manager that was started. */
export interface RunningManager {
  /** Resolves when the informers have synced and, with leader election, the lease is held. */
  readonly ready: Promise<void>
  readonly state$: Observable<ManagerState>
  /** Rejects when it can never run again (lost lease); resolves after `stop`. */
  readonly done: Promise<void>
  /** Every run that ended, and every failure outside of one (a mapper that threw). */
  readonly reconciles$: Observable<Reconciled>
  /** Every request that was answered, or was not. */
  readonly requests$: Observable<RequestMeasure>
  /** What its informers know, for readiness and for power users. */
  readonly informers: Informers
  measure(): ManagerMeasures
  stop(): Promise<void>
}
