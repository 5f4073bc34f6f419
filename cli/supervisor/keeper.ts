/**
 * Keeps a set of processes running: starts them, starts them again when they end, and takes over those that a keeper
 * before it has left behind. It knows nothing of what they are for.
 */

import type { Cancel, Clock } from '../../ports/clock.ts'
import { type ChildEvent, type ChildState, step } from './child.ts'
import type { ProcessIdentity } from './process.ts'

/** How to run one component. */
export interface ComponentSpec {
  name: string
  program: string
  args: string[]
  cwd: string
  /** Sockets that a killed process leaves and does not remove by itself when it starts again. */
  staleFiles: string[]
  env: Record<string, string>
  /** Standard output and error are appended to it. */
  log: string
  /** After SIGTERM, before SIGKILL. */
  stopTimeoutMs: number
}

/** What is kept on disk, so that the next keeper can take over. */
export interface Supervised {
  spec: ComponentSpec
  /** Absent when it was not running. */
  process?: ProcessIdentity
}

export interface ComponentStatus {
  name: string
  phase: ChildState['phase']
  pid?: number
  restarts: number
  /** How it last ended, when it waits to be started again. */
  lastExit?: string
}

/** The operating system, as the keeper needs it. */
export interface Processes {
  /** Starts it; `ended` is called once, when it ends or could not be started. */
  spawn(spec: ComponentSpec, ended: (how: string) => void): ProcessIdentity | undefined
  isAlive(process: ProcessIdentity): boolean
  signal(process: ProcessIdentity, name: NodeJS.Signals): void
}

export interface KeeperOptions {
  clock: Clock
  processes: Processes
  /** Called with the whole set after every change. */
  save(supervised: Supervised[]): void
  log(message: string, fields: Record<string, unknown>): void
}

interface Component {
  spec: ComponentSpec
  state: ChildState
  /** The pending restart, or the poll of a process that is not our child. */
  timer: Cancel
  whenStopped: (() => void)[]
}

/** How often a process taken over is looked at; our own children tell us by themselves. */
const pollMs = 100
const nothing: Cancel = () => undefined

export class Keeper {
  readonly #components = new Map<string, Component>()
  readonly #options: KeeperOptions

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  /** Goes on with what an earlier keeper has left: what still runs is watched, what has died is started. */
  takeOver(supervised: Supervised[]): void {
    for (const { spec, process } of supervised) {
      const component = this.#add(spec)
      if (process && this.#options.processes.isAlive(process)) {
        this.#options.log('taken over', { component: spec.name, pid: process.pid })
        this.#apply(component, { type: 'started', ...process })
        this.#poll(component, process)
      } else this.#spawn(component)
    }
  }

  /** Starts a component; one that runs already with the same specification is left alone. */
  async start(spec: ComponentSpec): Promise<void> {
    const known = this.#components.get(spec.name)
    if (known && JSON.stringify(known.spec) === JSON.stringify(spec)) return
    if (known) await this.stop(spec.name)
    this.#spawn(this.#add(spec))
  }

  /** Ends a component and forgets it; resolves when its process is gone. */
  async stop(name: string): Promise<void> {
    const component = this.#components.get(name)
    if (!component) return
    const state = this.#apply(component, { type: 'stop' })
    if (state.phase === 'stopping') await this.#end(component, state)
    component.timer()
    this.#components.delete(name)
    this.#save()
  }

  /** Ends everything, last started first. */
  async stopAll(): Promise<void> {
    for (const name of [...this.#components.keys()].reverse()) await this.stop(name)
  }

  status(): ComponentStatus[] {
    return [...this.#components.values()].map(({ spec, state }) => statusOf(spec.name, state))
  }

  #add(spec: ComponentSpec): Component {
    const component: Component = {
      spec,
      state: { phase: 'stopped' },
      timer: nothing,
      whenStopped: [],
    }
    this.#components.set(spec.name, component)
    return component
  }

  #spawn(component: Component): void {
    const { spec } = component
    let process: ProcessIdentity | undefined
    try {
      process = this.#options.processes.spawn(spec, (how) => this.#ended(component, how))
    } catch (error) {
      this.#ended(component, (error as Error).message)
      return
    }
    if (!process) return
    this.#options.log('started', { component: spec.name, pid: process.pid })
    this.#apply(component, { type: 'started', ...process })
  }

  #ended(component: Component, how: string): void {
    component.timer()
    if (this.#components.get(component.spec.name) !== component) return
    const state = this.#apply(component, { type: 'ended', how })
    this.#options.log('ended', { component: component.spec.name, how })
    if (state.phase === 'waiting') {
      const delay = state.at - this.#options.clock.monotonic()
      component.timer = this.#options.clock.after(delay, () => this.#spawn(component))
    } else for (const resolve of component.whenStopped.splice(0)) resolve()
  }

  #poll(component: Component, process: ProcessIdentity): void {
    component.timer = this.#options.clock.after(pollMs, () => {
      if (this.#options.processes.isAlive(process)) this.#poll(component, process)
      else this.#ended(component, 'ended unseen')
    })
  }

  async #end(component: Component, process: ProcessIdentity): Promise<void> {
    const { clock, processes } = this.#options
    const gone = new Promise<void>((resolve) => component.whenStopped.push(resolve))
    processes.signal(process, 'SIGTERM')
    const cancel = clock.after(component.spec.stopTimeoutMs, () =>
      processes.signal(process, 'SIGKILL'),
    )
    await gone
    cancel()
  }

  #apply(component: Component, event: ChildEvent): ChildState {
    component.state = step(component.state, event, this.#options.clock.monotonic())
    this.#save()
    return component.state
  }

  #save(): void {
    this.#options.save(
      [...this.#components.values()].map(({ spec, state }) =>
        state.phase === 'running' || state.phase === 'stopping'
          ? { spec, process: { pid: state.pid, startTime: state.startTime } }
          : { spec },
      ),
    )
  }
}

function statusOf(name: string, state: ChildState): ComponentStatus {
  switch (state.phase) {
    case 'stopped':
      return { name, phase: state.phase, restarts: 0 }
    case 'waiting':
      return { name, phase: state.phase, restarts: state.restarts, lastExit: state.lastExit }
    case 'running':
    case 'stopping':
      return { name, phase: state.phase, pid: state.pid, restarts: state.restarts }
    default:
      return state satisfies never
  }
}
