/**
 * One process of a World: a program that is started, dropped where it stands and started anew. All that it holds in
 * memory hangs on one incarnation; nothing of that ever runs again once it is dropped.
 */

import type { Subscription } from 'rxjs'
import { frozen } from '../api/frozen.ts'
import type { Cluster } from '../controllers/framework/index.ts'
import type { Cancel, Clock } from '../ports/clock.ts'
import { type Random, seededRandom } from '../ports/random.ts'
import { actor, beginAs } from './actor.ts'
import type { Fault, FaultPlan, RestartOptions, WorldRequest } from './faults.ts'
import { isWrite } from './faults.ts'
import type { Network } from './network.ts'
import { ProcessClock } from './process-clock.ts'
import type { RunUnderWay } from './runs.ts'
import { SimulatedCluster } from './simulated-cluster.ts'
import { ProcessViews } from './views.ts'
import { WorldError } from './world-error.ts'

/** What a program may reach. */
export interface ProcessContext {
  readonly name: string
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  /** Of its controllers, for it to fill. */
  readonly runs: Set<RunUnderWay>
  /** What went wrong and cannot be told to the API server. */
  report(error: unknown): void
  /** It cannot go on: it is dropped and started anew. */
  exit(reason: unknown): void
}

export interface Program {
  readonly name: string
  /** Resolves when it does what it is for. */
  start(context: ProcessContext): Promise<void>
}

/** What all processes of a World share. */
export interface ProcessPorts {
  /** The API server's own cluster, as the process' user. */
  cluster: Cluster
  clock: Clock
  /** Absent: messages are there at once. */
  network: Network | undefined
  seed: number
  /** The server's newest resourceVersion. */
  head(): string
  /** Where the log begins: nothing before it can be seen again. */
  first: number
  plan: FaultPlan
  breathe(): Promise<void> | undefined
  /** What goes wrong in a process that can go on. */
  report(process: string, error: unknown): void
  /** What the World cannot go on with. */
  fail(error: unknown): void
}

/** Milliseconds after which a process that has ended is started again, as a supervisor would. */
const restartAfter = 1_000
/** Crashes while the clock stands still. */
const maxCrashesAtOnce = 1_000

interface Incarnation {
  alive: boolean
  readonly clock: ProcessClock
  readonly views: ProcessViews
  readonly watches: Set<Pick<Subscription, 'unsubscribe'>>
  readonly runs: Set<RunUnderWay>
  readonly ready: Promise<void>
  wasReady: boolean
}

export class WorldProcess {
  readonly name: string
  readonly #program: Program
  readonly #ports: ProcessPorts
  #incarnations = 0
  #writes = 0
  #current: Incarnation | undefined
  #cancelRestart: Cancel = () => {}
  #crashes = 0
  #crashedAt = 0

  constructor(program: Program, ports: ProcessPorts) {
    this.name = program.name
    this.#program = program
    this.#ports = ports
  }

  /** Starts with 1. */
  get incarnation(): number {
    return this.#incarnations
  }

  /** Of the program that runs now. */
  get ready(): Promise<void> {
    return this.#current?.ready ?? Promise.resolve()
  }

  get views(): ProcessViews {
    if (!this.#current) throw new Error(`the process ${this.name} does not run`)
    return this.#current.views
  }

  /** Of its controllers, those that have not ended. */
  get runs(): Iterable<RunUnderWay> {
    return this.#current?.runs ?? []
  }

  /** Timers and watches that it holds. */
  get held(): { timers: number; watches: number } {
    const { clock, watches } = this.#current ?? {}
    return { timers: clock?.size ?? 0, watches: watches?.size ?? 0 }
  }

  start({ asOf = {} }: RestartOptions = {}): void {
    this.drop()
    const { clock, seed, head, first, report, fail } = this.#ports
    const name = this.name
    const incarnation = ++this.#incarnations
    const within = <R>(task: () => R, run?: RunUnderWay): R =>
      beginAs({ process: name, breach: fail, ...(run && { run }) }, task)
    const views = new ProcessViews(head)
    for (const [key, position] of Object.entries(asOf)) views.rewind(key, Math.max(position, first))
    const { promise: ready, resolve } = Promise.withResolvers<void>()
    const current: Incarnation = {
      alive: true,
      clock: new ProcessClock(clock, within),
      views,
      watches: new Set(),
      runs: new Set(),
      ready,
      wasReady: false,
    }
    this.#current = current
    const context: ProcessContext = {
      name,
      cluster: this.#clusterOf(current, incarnation),
      clock: current.clock,
      random: seededRandom(fork(seed, name, incarnation)),
      runs: current.runs,
      report: (error) => report(name, error),
      exit: (reason) => {
        if (current.alive) this.#exited(current, reason)
      },
    }
    within(() => this.#program.start(context)).then(() => {
      current.wasReady = true
      resolve()
    }, context.exit)
  }

  /** Nothing of it runs on: no answer, no event and no timer reaches it any more. */
  drop(): void {
    this.#cancelRestart()
    const current = this.#current
    if (!current) return
    this.#current = undefined
    current.alive = false
    current.clock.end()
    for (const watch of [...current.watches]) watch.unsubscribe()
  }

  /** Faults that crash it again and again before any time passes would never end. */
  #crashed(): void {
    const now = this.#ports.clock.monotonic()
    this.#crashes = now === this.#crashedAt ? this.#crashes + 1 : 1
    this.#crashedAt = now
    if (this.#crashes <= maxCrashesAtOnce) this.start()
    else {
      this.drop()
      const text = `faults crash the process ${this.name} each time that it begins: ${this.#crashes} times at one moment`
      this.#ports.fail(new WorldError(text))
    }
  }

  /** One that could not even begin would never begin. */
  #exited({ wasReady }: Incarnation, reason: unknown): void {
    const { report, fail, clock } = this.#ports
    this.drop()
    if (!wasReady && this.#incarnations === 1) {
      fail(new WorldError(`the process ${this.name} cannot start: ${reason}`, { cause: reason }))
      return
    }
    report(this.name, reason)
    this.#cancelRestart = clock.after(restartAfter, () => this.start())
  }

  #clusterOf(current: Incarnation, incarnation: number): Cluster {
    const { cluster, clock, plan, network, breathe, fail: breach } = this.#ports
    const process = this.name
    return new SimulatedCluster({
      cluster,
      network,
      views: current.views,
      alive: () => current.alive,
      breathe,
      handed: frozen,
      within: (request, task) =>
        request
          ? actor.run({ process, breach, request }, task)
          : beginAs({ process, breach }, task),
      crash: () => {
        if (current.alive) this.#crashed()
      },
      asked: (asked) => {
        const request = {
          ...asked,
          process,
          incarnation,
          sequence: isWrite(asked) ? ++this.#writes : 0,
          at: clock.now(),
        } as WorldRequest
        const fault: Fault | undefined = plan(request)
        return { request, fault }
      },
      watching: (subscription) => {
        current.watches.add(subscription)
        return () => current.watches.delete(subscription)
      },
    })
  }
}

/** A seed of its own for each incarnation of each process (FNV-1a). */
function fork(seed: number, name: string, incarnation: number): number {
  let hash = 0x811c9dc5
  for (const letter of `${seed}/${name}/${incarnation}`)
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}
