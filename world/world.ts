/**
 * A whole cluster in this process, in virtual time: the real API server over a store in memory, the built-in
 * controllers, simulated nodes and the controllers under test. Nothing moves unless it is told to, nothing depends on
 * the machine, and the same seed gives the same history.
 *
 *     it('makes a Deployment', async () => {
 *       await using world = await startWorld({ kinds: [Site], controllers: [siteController] })
 *       await world.apply(Site.make({ metadata: { name: 'a' }, spec: { image: 'web:1' } }))
 *       await world.converge()
 *       assert.equal((await world.get(Site, 'a')).status?.ready, 1)
 *     })
 *
 * Time, crashes and networks are at hand:
 *
 *     await world.advance('10m')                    // what falls due in ten minutes has happened
 *     await world.restart()                         // the controllers' process has died, and begun anew
 *     const cut = world.cut(Deployment)             // it hears nothing of Deployments
 *     await cut.heal('relist')                      // and never hears what it has missed, only how things stand
 *     world.inject(({ sequence, process }) =>       // its third write is done, but it never learns that
 *       process === 'controllers' && sequence === 3 ? { type: 'crash', applied: true } : undefined)
 *
 * When a test fails, `world.log` has every write with who asked for it, and `world.problems` what runs have thrown.
 */

import type { Lineage } from '../api/lineage.ts'
import type { KubernetesObject } from '../api/object.ts'
import type {
  Cluster,
  Controller,
  DefinedKind,
  Kind,
  ListOptions,
  Ref,
  RemoveOptions,
  WithMeta,
} from '../controllers/framework/index.ts'
import type { FaultPlan, Release, RestartOptions, Views } from './faults.ts'
import type { LogEntry } from './log.ts'
import { RunningWorld } from './running-world.ts'
import type { WhyOptions } from './why.ts'

/** What a World begins with. */
export interface WorldOptions {
  /** Of everything that chance decides: names, UIDs, back-off; 1 unless told. */
  seed?: number
  /** Kinds of one's own; the server serves them from the beginning. */
  kinds?: readonly DefinedKind[]
  /**
   * What runs in the process `controllers`. A function is asked at each start of the process, so that what its
   * controllers keep in variables is gone after a crash as well.
   */
  controllers?: readonly Controller[] | (() => readonly Controller[])
  /**
   * What runs in the process `built-in`: all (`true`, and unless told), none, or a selection by name as of the flag
   * `--controllers` (`['deployment', 'replicaset']`, `['*', '-scheduler']`).
   */
  builtIn?: boolean | readonly string[]
  /** Simulated nodes in the process `nodes`; 1 unless told. */
  nodes?: number
  /** What is there before any process begins: objects, or YAML. */
  objects?: readonly (KubernetesObject | string)[]
  /** The prefix of the controllers' field managers; `controllers` unless told. */
  component?: string
  /**
   * The longest that a request, an answer or an event of a process is on its way: whole milliseconds or `'50ms'`. Each
   * takes its own time, drawn from the seed, so that every seed has its own order of what happens; a request that is
   * under way when its process crashes still arrives. 0 unless told: all is there at once.
   */
  latency?: number | string
  /**
   * Processes that run the controllers, one of them leading by a Lease: `controllers`, `controllers-2` ... One, which
   * needs no lease, unless told.
   */
  replicas?: number
}

/** How long to wait for rest. */
export interface ConvergeOptions {
  /** How much virtual time it may take: milliseconds or `'10m'`; one hour unless told. */
  within?: number | string
}

/** A part of what a process sees, cut off from the rest. */
export interface Cut {
  /** What was missed comes late (`events`, unless told), or is never told: the kind is listed again (`relist`). */
  heal(how?: Release): Promise<void>
}

/** A cluster in this process, in virtual time, with controllers that run in it. */
export interface World {
  /** As an administrator. */
  readonly cluster: Cluster
  /** Milliseconds since the epoch, in the World. */
  readonly now: number
  readonly seed: number
  /** Every write since the beginning, in order. */
  readonly log: readonly LogEntry[]
  /** What processes have reported, the newest 100: runs that failed and are tried again, for instance. */
  readonly problems: readonly { process: string; error: unknown }[]
  /** Server-side apply as a user, of one object or all documents of a YAML text; `default` where a namespace is missing. */
  apply<T extends KubernetesObject>(object: T): Promise<T>
  apply(text: string): Promise<KubernetesObject[]>
  /** Deletes as a user; it may linger (grace, finalizers). */
  remove<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref | string,
    options?: RemoveOptions,
  ): Promise<void>
  /** By name in the namespace `default`, or by reference. Throws when it is not there. */
  get<T extends WithMeta>(kind: Kind<T>, ref: Ref | string): Promise<T>
  /** `undefined` when it is not there. */
  find<T extends WithMeta>(kind: Kind<T>, ref: Ref | string): Promise<T | undefined>
  /** Of all namespaces unless told. */
  list<T extends WithMeta>(kind: Kind<T>, options?: ListOptions): Promise<T[]>
  /**
   * Lets everything happen until nothing moves any more: no run, no event, no timer in the next virtual minute that
   * changes anything. Heartbeats and Events are no movement. Throws a `WorldError` that says what goes on and on,
   * or which runs wait for what neither an answer nor a timer of theirs will bring.
   */
  converge(options?: ConvergeOptions): Promise<void>
  /** Lets exactly so much virtual time pass, and everything in it happen: milliseconds or `'10m'`. */
  advance(time: number | string): Promise<void>
  /** The process (`controllers` unless told) is dropped where it stands and started anew, its memory gone. */
  restart(process?: string, options?: RestartOptions): Promise<void>
  /**
   * The watches of a process (`controllers` unless told) of one kind go quiet; its writes and live reads still work. It
   * ends when it is healed, or with the process.
   */
  cut(kind: Kind<never> | Kind, process?: string): Cut
  /** The process that holds the controllers' Lease, with `replicas`. */
  leader(): Promise<string | undefined>
  /**
   * Nothing that a process (the leader, unless told) says of the Lease arrives any more, until another process leads; it
   * gives up when it has noticed, and begins anew as one that waits. Takes some 15 virtual seconds.
   */
  depose(process?: string): Promise<void>
  /** Asked about every request of every process from now on. @returns ends it */
  inject(plan: FaultPlan): () => void
  /** What a process (`controllers` unless told) sees. */
  views(process?: string): Views
  /**
   * Called within each write, when those who watch have been told of it. What it throws, the next call of the World
   * throws. @returns ends it
   */
  follow(listener: (entry: LogEntry) => void): () => void
  /**
   * Why an object was made, or has gone: that write, the write on whose account it was done, and so on up to a user.
   *
   *     const { links } = await world.why(Pod, name)
   *     links.map(({ kind, type, record }) => `${kind} ${type} by ${record?.cause?.by ?? record?.user}`)
   */
  why(kind: Kind<never> | Kind, ref: Ref | string, options?: WhyOptions): Promise<Lineage>
  /** The names of the processes. */
  readonly processes: readonly string[]
  /** Drops all processes and the server. `await using world = await startWorld()` does it by itself. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Resolves when every process does what it is for; nothing has to have converged. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const world = new RunningWorld(options)
  try {
    await world.start()
    return world
  } catch (error) {
    await world.close()
    throw error
  }
}
