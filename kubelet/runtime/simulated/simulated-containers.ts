/** Containers that only the clock moves: made, started, ended and stopped as their annotations say. */

import { type Cancel, type Clock, sleep } from '../../../ports/clock.ts'
import {
  type ContainerConfig,
  type RuntimeContainer,
  RuntimeError,
  type Sandbox,
} from '../runtime.ts'
import { type Simulation, simulation } from './simulation.ts'

interface Held {
  container: RuntimeContainer
  behaviour: Simulation
  cancelExit: Cancel
}

export interface SimulatedContainersOptions {
  clock: Clock
  newId(): string
  /** A container has ended. */
  ended(id: string): void
}

const sigterm = 143
const sigkill = 137

export class SimulatedContainers {
  readonly #options: SimulatedContainersOptions
  readonly #held = new Map<string, Held>()

  constructor(options: SimulatedContainersOptions) {
    this.#options = options
  }

  get(id: string): RuntimeContainer {
    return this.#of(id).container
  }

  all(): RuntimeContainer[] {
    return [...this.#held.values()].map(({ container }) => container)
  }

  create(sandbox: Sandbox, config: ContainerConfig): string {
    const { name, attempt, image, labels, annotations } = config
    for (const other of this.all())
      if (other.sandboxId === sandbox.id && other.name === name && other.attempt === attempt)
        throw new RuntimeError('other', `container name ${name}_${attempt} is reserved`)
    const container: RuntimeContainer = {
      id: this.#options.newId(),
      sandboxId: sandbox.id,
      name,
      attempt,
      state: 'created',
      image,
      imageId: image,
      createdAt: this.#options.clock.now(),
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: '',
      logPath: '',
      labels,
      annotations,
    }
    const behaviour = simulation({ ...sandbox.annotations, ...annotations }, name)
    this.#held.set(container.id, { container, behaviour, cancelExit: () => {} })
    return container.id
  }

  async start(id: string): Promise<void> {
    const { clock } = this.#options
    const entry = this.#of(id)
    if (entry.container.state !== 'created')
      throw new RuntimeError('other', `container ${id} is in ${entry.container.state} state`)
    const { startDelay, exit } = entry.behaviour
    if (startDelay > 0) await sleep(clock, startDelay)
    entry.container = { ...entry.container, state: 'running', startedAt: clock.now() }
    if (exit) entry.cancelExit = clock.after(exit.after, () => this.#end(entry, exit.code))
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    const entry = this.#held.get(id)
    if (entry?.container.state !== 'running') return
    const { stopDelay } = entry.behaviour
    const grace = graceSeconds * 1000
    if (stopDelay > 0) await sleep(this.#options.clock, Math.min(stopDelay, grace))
    this.#end(entry, stopDelay > grace ? sigkill : stopDelay > 0 ? sigterm : 0)
  }

  remove(id: string): void {
    const entry = this.#held.get(id)
    if (entry) this.#end(entry, sigkill)
    this.#held.delete(id)
  }

  /** Kills all of a sandbox. */
  endAll(sandboxId: string): void {
    for (const entry of this.#held.values())
      if (entry.container.sandboxId === sandboxId) this.#end(entry, sigkill)
  }

  removeAll(sandboxId: string): void {
    for (const container of this.all())
      if (container.sandboxId === sandboxId) this.remove(container.id)
  }

  /** Nothing ends any more. */
  close(): void {
    for (const { cancelExit } of this.#held.values()) cancelExit()
  }

  #of(id: string): Held {
    const found = this.#held.get(id)
    if (!found) throw new RuntimeError('notFound', `container ${id} not found`)
    return found
  }

  #end(entry: Held, exitCode: number): void {
    entry.cancelExit()
    if (entry.container.state !== 'running') return
    entry.container = {
      ...entry.container,
      state: 'exited',
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      finishedAt: this.#options.clock.now(),
    }
    this.#options.ended(entry.container.id)
  }
}
