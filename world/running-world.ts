/** A World put together: one server, one clock, and the processes around it. */

import type { Lineage } from '../api/lineage.ts'
import type { KubernetesObject } from '../api/object.ts'
import {
  type Cluster,
  conversionHandler,
  type Kind,
  Lease,
  type ListOptions,
  manifestOf,
  milliseconds,
  type Ref,
  type RemoveOptions,
  type WithMeta,
} from '../controllers/framework/index.ts'
import { seededRandom } from '../ports/random.ts'
import { drain, VirtualClock } from '../ports/virtual-clock.ts'
import { actor } from './actor.ts'
import { converge } from './converge.ts'
import type { FaultPlan, Release, RestartOptions, Views } from './faults.ts'
import { guardProcesses } from './hygiene.ts'
import { type LogEntry, WorldLog } from './log.ts'
import { Network } from './network.ts'
import { Patience } from './patience.ts'
import { type Program, WorldProcess } from './process.ts'
import { leaseOf, programsOf } from './programs.ts'
import { startWorldServer, type WorldServer } from './server.ts'
import { changeOfShared } from './shared-objects.ts'
import { type Problems, watchForLoops } from './unrest.ts'
import { refOf, User } from './user.ts'
import { type WhyOptions, whyIn } from './why.ts'
import type { ConvergeOptions, Cut, World, WorldOptions } from './world.ts'
import { WorldError } from './world-error.ts'

/** Problems that are remembered to be told when the World does not converge. */
const maxProblems = 100
/** Where the server is told that versions of kinds are converted: in this process. */
const converter = 'https://world.invalid/convert'
const leaseName = 'controllers'
/** Requests of all processes between two turns of the event loop. */
const requestsPerTurn = 1_000

export class RunningWorld implements World {
  readonly seed: number
  readonly #options: WorldOptions
  readonly #clock = new VirtualClock()
  readonly #patience = new Patience(this.#clock, () => this.#check())
  readonly #processes = new Map<string, WorldProcess>()
  readonly #plans = new Set<FaultPlan>()
  /** What went wrong in processes, which is theirs to put right. */
  readonly #problems: { process: string; error: unknown }[] = []
  #failure: { error: unknown } | undefined
  #requests = 0
  #first = 0
  #server: WorldServer | undefined
  #log: WorldLog | undefined
  #given: User | undefined
  readonly #network: Network | undefined
  #unguard = () => {}

  constructor(options: WorldOptions) {
    this.#options = options
    this.seed = options.seed ?? 1
    const latency = milliseconds(options.latency ?? 0)
    if (latency > 0) this.#network = new Network(this.#clock, seededRandom(this.seed), latency)
  }

  async start(): Promise<void> {
    this.#unguard = guardProcesses()
    const clock = this.#clock
    const random = seededRandom(this.seed)
    const report = (error: unknown) => this.#fail(error)
    const { kinds = [], objects = [] } = this.#options
    const odd = kinds.findIndex((kind) => !Array.isArray(kind?.versions))
    if (odd >= 0)
      throw new WorldError(
        `kinds[${odd}] was not made by kind(...).version(...); kinds of Kubernetes are there anyway`,
      )
    const definitions = kinds.map((kind) => manifestOf(kind, { conversion: { url: converter } }))
    const webhooks = new Map([[converter, conversionHandler(kinds)]])
    const server = await startWorldServer({ clock, random, report, definitions, webhooks })
    this.#server = server
    this.#first = await server.storage.revision()
    this.#log = new WorldLog(server.storage, this.#first, clock)
    watchForLoops(this.#log, this.#problems, (error) => {
      this.#fail(error)
      for (const process of this.#processes.values()) process.drop()
    })
    this.#given = new User({
      server: server.server,
      clock,
      until: (answer) => this.#patience.until(answer),
    })
    for (const object of objects) await this.apply(object as string)
    // One after the other: a program may load modules, and how long that takes must decide nothing.
    for (const program of programsOf(this.#options, leaseName))
      await this.#patience.until(this.#begin(program).ready)
  }

  get cluster(): Cluster {
    return this.#user.cluster
  }

  get #user(): User {
    return this.#given as User
  }

  get now(): number {
    return this.#clock.now()
  }

  get log(): readonly LogEntry[] {
    return this.#log?.entries ?? []
  }

  get problems(): Problems {
    return this.#problems
  }

  get processes(): readonly string[] {
    return [...this.#processes.keys()]
  }

  apply<T extends KubernetesObject>(object: T): Promise<T>
  apply(text: string): Promise<KubernetesObject[]>
  apply(wanted: KubernetesObject | string): Promise<unknown> {
    return typeof wanted === 'string' ? this.#user.applyAll(wanted) : this.#user.apply(wanted)
  }

  remove<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref | string,
    options?: RemoveOptions,
  ): Promise<void> {
    return this.#user.remove(kind, ref, options)
  }

  get<T extends WithMeta>(kind: Kind<T>, ref: Ref | string): Promise<T> {
    return this.#user.get(kind, ref)
  }

  find<T extends WithMeta>(kind: Kind<T>, ref: Ref | string): Promise<T | undefined> {
    return this.#user.find(kind, ref)
  }

  list<T extends WithMeta>(kind: Kind<T>, options?: ListOptions): Promise<T[]> {
    return this.#user.list(kind, options)
  }

  async converge({ within = '1h' }: ConvergeOptions = {}): Promise<void> {
    await converge({
      clock: this.#clock,
      within: milliseconds(within),
      log: this.#log as WorldLog,
      problems: this.#problems,
      runs: () => [...this.#processes.values()].flatMap(({ runs }) => [...runs]),
      check: () => this.#check(),
    })
  }

  async advance(time: number | string): Promise<void> {
    await this.#clock.advance(milliseconds(time))
    this.#check()
  }

  async restart(process = 'controllers', options: RestartOptions = {}): Promise<void> {
    this.#process(process).start(options)
    await drain()
    this.#check()
  }

  cut(kind: Kind<never> | Kind, process = 'controllers'): Cut {
    const { views } = this.#process(process)
    views.hold(kind)
    return {
      heal: async (how?: Release) => {
        views.release(kind, how)
        await drain()
        this.#check()
      },
    }
  }

  async leader(): Promise<string | undefined> {
    const lease = await this.find(Lease, leaseOf(leaseName))
    return lease?.spec?.holderIdentity?.split('_')[0] || undefined
  }

  async depose(process?: string): Promise<void> {
    const leader = await this.leader()
    const deposed = process ?? leader
    if (deposed === undefined || deposed !== leader || this.#leased().length < 2)
      throw new WorldError(
        `${deposed ?? 'nobody'} cannot be deposed: ${leader ?? 'nobody'} leads, of ${this.processes.join(', ')}`,
      )
    const heal = this.inject(({ process: from, kind }) =>
      from === deposed && kind?.plural === Lease.plural
        ? { type: 'lose', applied: false }
        : undefined,
    )
    try {
      await this.#patience.when(async () => (await this.leader()) !== deposed)
    } finally {
      heal()
    }
  }

  inject(plan: FaultPlan): () => void {
    this.#plans.add(plan)
    return () => this.#plans.delete(plan)
  }

  views(process = 'controllers'): Views {
    return this.#process(process).views
  }

  follow(listener: (entry: LogEntry) => void): () => void {
    return (this.#log as WorldLog).follow((entry) => {
      try {
        actor.exit(() => listener(entry))
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  why(kind: Kind<never> | Kind, ref: Ref | string, options: WhyOptions = {}): Promise<Lineage> {
    const question = { ...options, kind, ref: refOf(kind, ref) }
    return this.#patience.until(whyIn(this.#server as WorldServer, this.#clock, question))
  }

  async close(): Promise<void> {
    for (const process of this.#processes.values()) process.drop()
    this.#unguard()
    this.#log?.close()
    await this.#server?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #begin(program: Program): WorldProcess {
    const { server } = this.#server as WorldServer
    const process = new WorldProcess(program, {
      cluster: server.cluster({ name: `system:${program.name}`, groups: ['system:masters'] }),
      clock: this.#clock,
      network: this.#network,
      seed: this.seed,
      head: () => String(server.hub.revision),
      first: this.#first,
      plan: (request) => {
        for (const plan of this.#plans) {
          const fault = plan(request)
          if (fault) return fault
        }
        return undefined
      },
      breathe: () => this.#breathe(),
      fail: (error) => this.#fail(error),
      report: (name, error) => {
        const shared = changeOfShared(name, error)
        if (shared) this.#fail(shared)
        this.#problems.push({ process: name, error: shared ?? error })
        if (this.#problems.length > maxProblems) this.#problems.shift()
      },
    })
    this.#processes.set(program.name, process)
    process.start()
    return process
  }

  /** Controllers that write without end would never let go of this thread. */
  #breathe(): Promise<void> | undefined {
    if (++this.#requests % requestsPerTurn > 0) return undefined
    return new Promise((resolve) => setImmediate(resolve))
  }

  #process(name: string): WorldProcess {
    const process = this.#processes.get(name)
    if (!process)
      throw new WorldError(`there is no process ${name}; there are ${this.processes.join(', ')}`)
    return process
  }

  #leased(): string[] {
    return this.processes.filter((name) => /^controllers(-\d+)?$/.test(name))
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
  }

  #check(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure) throw failure.error
  }
}
