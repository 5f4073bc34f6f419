/**
 * The runtime contract in memory, driven by the clock: pods start, end and stop as their annotations say, thousands of
 * them, with no process anywhere. Says `simulated` wherever it is asked; refuses what needs a real process (attach, exec
 * streams, port-forward).
 */

import { Subject } from 'rxjs'
import { type Cancel, type Clock, sleep } from '../../../ports/clock.ts'
import type { Random } from '../../../ports/random.ts'
import {
  type ContainerConfig,
  type Runtime,
  type RuntimeContainer,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeImage,
  type Sandbox,
} from '../runtime.ts'
import { type Simulation, simulation } from './simulation.ts'

export interface SimulatedRuntimeOptions {
  clock: Clock
  random: Random
  /** Addresses of its sandboxes. */
  addresses: { take(): string; giveBack(ip: string): void }
  /** Milliseconds that a sandbox takes; 0 unless told. */
  sandboxDelay?: number
}

interface Held {
  container: RuntimeContainer
  behaviour: Simulation
  cancelExit: Cancel
}

const sigterm = 143
const sigkill = 137

const notFound = (what: string, id: string) =>
  new RuntimeError('notFound', `${what} ${id} not found`)
const noProcess = (what: string) =>
  Promise.reject(new RuntimeError('other', `${what}: a simulated container has no process`))

/** Names under `.invalid` exist nowhere (RFC 2606), so that failing pulls can be simulated. */
const isAbsent = (reference: string) => /(^|[^/]*\.)invalid(:\d+)?\//.test(reference)

const image = (reference: string): RuntimeImage => ({
  id: `simulated/${reference}`,
  tags: [reference],
  digests: [],
  size: 0,
  uid: 1,
})

export function simulatedRuntime(options: SimulatedRuntimeOptions): Runtime {
  const { clock, random, addresses } = options
  const sandboxes = new Map<string, Sandbox>()
  const containers = new Map<string, Held>()
  const events = new Subject<RuntimeEvent>()

  const newId = () => random.uuid().replaceAll('-', '') + random.uuid().replaceAll('-', '')
  const emit = (containerId: string) => events.next({ containerId })

  function held(id: string): Held {
    const found = containers.get(id)
    if (!found) throw notFound('container', id)
    return found
  }

  function sandboxOf(id: string): Sandbox {
    const found = sandboxes.get(id)
    if (!found) throw notFound('sandbox', id)
    return found
  }

  function end(entry: Held, exitCode: number): void {
    entry.cancelExit()
    if (entry.container.state !== 'running') return
    entry.container = {
      ...entry.container,
      state: 'exited',
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      finishedAt: clock.now(),
    }
    emit(entry.container.id)
  }

  function endAll(sandboxId: string): void {
    for (const entry of containers.values())
      if (entry.container.sandboxId === sandboxId) end(entry, sigkill)
  }

  function release(sandbox: Sandbox): void {
    endAll(sandbox.id)
    if (sandbox.state === 'notReady') return
    for (const ip of sandbox.ips) addresses.giveBack(ip)
    sandboxes.set(sandbox.id, { ...sandbox, state: 'notReady', ips: [] })
    emit(sandbox.id)
  }

  function create(sandboxId: string, config: ContainerConfig): string {
    const sandbox = sandboxOf(sandboxId)
    for (const { container } of containers.values())
      if (
        container.sandboxId === sandboxId &&
        container.name === config.name &&
        container.attempt === config.attempt
      )
        throw new RuntimeError(
          'other',
          `container name ${config.name}_${config.attempt} is reserved`,
        )
    const container: RuntimeContainer = {
      id: newId(),
      sandboxId,
      name: config.name,
      attempt: config.attempt,
      state: 'created',
      image: config.image,
      imageId: config.image,
      createdAt: clock.now(),
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: '',
      logPath: '',
      labels: config.labels,
      annotations: config.annotations,
    }
    const behaviour = simulation({ ...sandbox.annotations, ...config.annotations }, config.name)
    containers.set(container.id, { container, behaviour, cancelExit: () => {} })
    return container.id
  }

  async function start(id: string): Promise<void> {
    const entry = held(id)
    if (entry.container.state !== 'created')
      throw new RuntimeError('other', `container ${id} is in ${entry.container.state} state`)
    const { startDelay, exit } = entry.behaviour
    if (startDelay > 0) await sleep(clock, startDelay)
    entry.container = { ...entry.container, state: 'running', startedAt: clock.now() }
    if (exit) entry.cancelExit = clock.after(exit.after, () => end(entry, exit.code))
  }

  async function stop(id: string, graceSeconds: number): Promise<void> {
    const entry = containers.get(id)
    if (entry?.container.state !== 'running') return
    const { stopDelay } = entry.behaviour
    const grace = graceSeconds * 1000
    if (stopDelay > 0) await sleep(clock, Math.min(stopDelay, grace))
    end(entry, stopDelay > grace ? sigkill : stopDelay > 0 ? sigterm : 0)
  }

  return {
    version: async () => ({ name: 'simulated', version: '1' }),
    problems: async () => [],
    async runSandbox(config) {
      if (options.sandboxDelay) await sleep(clock, options.sandboxDelay)
      const { pod, attempt, labels, annotations } = config
      for (const other of sandboxes.values())
        if (other.pod.uid === pod.uid && other.attempt === attempt)
          throw new RuntimeError('other', `sandbox name ${pod.name}_${attempt} is reserved`)
      const id = newId()
      const ips = config.hostNetwork ? [] : [addresses.take()]
      const createdAt = clock.now()
      sandboxes.set(id, { id, pod, attempt, state: 'ready', createdAt, ips, labels, annotations })
      return id
    },
    async stopSandbox(id) {
      const sandbox = sandboxes.get(id)
      if (sandbox) release(sandbox)
    },
    async removeSandbox(id) {
      const sandbox = sandboxes.get(id)
      if (!sandbox) return
      release(sandbox)
      sandboxes.delete(id)
      for (const { container } of [...containers.values()])
        if (container.sandboxId === id) containers.delete(container.id)
    },
    sandboxes: async () => [...sandboxes.values()],
    sandbox: async (id) => sandboxOf(id),
    createContainer: async (sandboxId, config) => create(sandboxId, config),
    startContainer: start,
    stopContainer: stop,
    async removeContainer(id) {
      const entry = containers.get(id)
      if (entry) end(entry, sigkill)
      containers.delete(id)
    },
    containers: async () => [...containers.values()].map(({ container }) => container),
    container: async (id) => held(id).container,
    async exec(id) {
      if (held(id).container.state !== 'running')
        throw new RuntimeError('other', `container ${id} is not running`)
      return { exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
    },
    execUrl: () => noProcess('exec'),
    attachUrl: () => noProcess('attach'),
    portForwardUrl: () => noProcess('port-forward'),
    usage: async () => [],
    reopenLog: async () => {},
    images: async () => [],
    image: async (reference) => (isAbsent(reference) ? undefined : image(reference)),
    pullImage: (reference) =>
      Promise.reject(new RuntimeError('imageNotFound', `failed to pull image "${reference}"`)),
    events: events.asObservable(),
    close() {
      for (const { cancelExit } of containers.values()) cancelExit()
      events.complete()
    },
  }
}
