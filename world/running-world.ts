/** A World put together: one server, one clock, and the processes around it. */

import { parseAllDocuments } from 'yaml'
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
import { WorldProcess } from './process.ts'
import { builtInProgram, controllersProgram, leaseOf, nodesProgram } from './programs.ts'
import { startWorldServer, type WorldServer } from './server.ts'
import { type Problems, watchForLoops } from './unrest.ts'
import { userCluster } from './user-cluster.ts'
import type { ConvergeOptions, Cut, World, WorldOptions } from './world.ts'
import { WorldError } from './world-error.ts'

/** Problems that are remembered to be told when the World does not converge. */
const maxProblems = 100
/** What must happen to answer one request happens within this time, in virtual milliseconds. */
const patience = 600_000
/** Where the server is told that versions of kinds are converted: in this process. */
const converter = 'https://world.invalid/convert'
const leaseName = 'controllers'
/** Requests of all processes between two turns of the event loop. */
const requestsPerTurn = 1_000

export class RunningWorld implements World {
  readonly seed: number
  readonly #options: WorldOptions
  readonly #clock = new VirtualClock()
  readonly #processes = new Map<string, WorldProcess>()
  readonly #plans = new Set<FaultPlan>()
  /** What went wrong in processes, which is theirs to put right. */
  readonly #problems: { process: string; error: unknown }[] = []
  #failure: { error: unknown } | undefined
  #requests = 0
  #first = 0
  #server: WorldServer | undefined
  #log: WorldLog | undefined
  #user: Cluster | undefined
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
    this.#user = userCluster(
      server.server.cluster({ name: 'user', groups: ['system:masters'] }),
      clock,
    )
    for (const object of objects) await this.apply(object as string)
    // One after the other: a program may load modules, and how long that takes must decide nothing.
    for (const program of this.#programs()) await this.#until(this.#begin(program).ready)
  }

  get cluster(): Cluster {
    return this.#user as Cluster
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
  async apply(wanted: KubernetesObject | string): Promise<unknown> {
    if (typeof wanted !== 'string') return this.#apply(wanted)
    const applied: KubernetesObject[] = []
    for (const document of parseAllDocuments(wanted)) {
      const [error] = document.errors
      if (error) throw error
      const object = document.toJS() as KubernetesObject | null
      if (object) applied.push(await this.#apply(object))
    }
    return applied
  }

  remove<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref | string,
    options?: RemoveOptions,
  ): Promise<void> {
    return this.#until(this.cluster.remove(kind, refOf(kind, ref), options))
  }

  async get<T extends WithMeta>(kind: Kind<T>, ref: Ref | string): Promise<T> {
    const found = await this.find(kind, ref)
    if (found) return found
    const { namespace, name } = refOf(kind, ref)
    const place = namespace === undefined ? '' : ` in the namespace ${namespace}`
    throw new WorldError(`there is no ${kind.kind} ${name}${place}`)
  }

  find<T extends WithMeta>(kind: Kind<T>, ref: Ref | string): Promise<T | undefined> {
    return this.#until(this.cluster.get(kind, refOf(kind, ref)))
  }

  async list<T extends WithMeta>(kind: Kind<T>, options?: ListOptions): Promise<T[]> {
    return (await this.#until(this.cluster.list(kind, options))).items
  }

  async converge({ within = '1h' }: ConvergeOptions = {}): Promise<void> {
    await converge({
      clock: this.#clock,
      within: milliseconds(within),
      log: this.#log as WorldLog,
      problems: this.#problems,
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
      await this.#when(async () => (await this.leader()) !== deposed)
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

  async close(): Promise<void> {
    for (const process of this.#processes.values()) process.drop()
    this.#unguard()
    this.#log?.close()
    await this.#server?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #programs() {
    const { builtIn = true, nodes = 1, controllers = [], replicas = 1 } = this.#options
    const selection = builtIn === true ? ['*'] : builtIn || []
    const make = typeof controllers === 'function' ? controllers : () => controllers
    const some = typeof controllers === 'function' || controllers.length > 0
    const own = Array.from({ length: some ? replicas : 0 }, (_, index) =>
      controllersProgram({
        name: index === 0 ? 'controllers' : `controllers-${index + 1}`,
        controllers: make,
        component: this.#options.component ?? 'controllers',
        ...(replicas > 1 && { lease: leaseName }),
      }),
    )
    return [
      ...(selection.length > 0 ? [builtInProgram(selection)] : []),
      ...(nodes > 0 ? [nodesProgram(nodes)] : []),
      ...own,
    ]
  }

  #begin(program: ReturnType<typeof nodesProgram>): WorldProcess {
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
        this.#problems.push({ process: name, error })
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

  async #apply(object: KubernetesObject): Promise<KubernetesObject> {
    const { apiVersion = '', kind: name = '' } = object
    const { registry } = (this.#server as WorldServer).server
    const [version = '', group = ''] = apiVersion.split('/').reverse()
    const kind = registry.resources.find(
      (one) => one.group === group && one.version === version && one.kind === name,
    )
    if (!kind) {
      if (!name || !version)
        throw new WorldError(
          'an object needs apiVersion and kind to be applied; Kind.make(...) fills them in',
        )
      throw new WorldError(
        `the server knows no kind ${name} in ${apiVersion}: name kinds of your own in startWorld({ kinds: [...] })`,
      )
    }
    const { namespace = 'default', name: given = '' } = object.metadata
    const ref = kind.namespaced ? { namespace, name: given } : { name: given }
    const body = { ...object, metadata: { ...object.metadata, ...ref } }
    return this.#until(
      this.cluster.patch(kind, ref, { type: 'apply', body, force: true }, { fieldManager: 'user' }),
    )
  }

  /** Lets time pass as long as the answer needs some. */
  async #until<R>(answer: Promise<R>): Promise<R> {
    let settled = false
    const settle = () => {
      settled = true
    }
    answer.then(settle, settle)
    await drain()
    await this.#when(() => settled)
    return answer
  }

  /** Lets time pass until it holds. */
  async #when(holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = this.#clock.monotonic() + patience
    for (;;) {
      this.#check()
      if (await holds()) return
      const next = this.#clock.next()
      if (next === undefined || this.#clock.monotonic() + next > end)
        throw new WorldError(`what is waited for does not happen within ${patience / 1_000} s`)
      await this.#clock.advance(next)
    }
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

function refOf(kind: Kind<never> | Kind, ref: Ref | string): Ref {
  if (typeof ref !== 'string') return ref
  return kind.namespaced ? { namespace: 'default', name: ref } : { name: ref }
}
