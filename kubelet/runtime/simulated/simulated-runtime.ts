/**
 * The runtime contract in memory, driven by the clock: pods start, end and stop as their annotations say, thousands of
 * them, with no process anywhere. Says `simulated` wherever it is asked; refuses what needs a real process (attach, exec
 * streams, port-forward).
 */

import { Subject } from 'rxjs/internal/Subject'
import type { Clock } from '../../../ports/clock.ts'
import type { Random } from '../../../ports/random.ts'
import {
  type Runtime,
  type RuntimeContainer,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeImage,
} from '../runtime.ts'
import { SimulatedContainers } from './simulated-containers.ts'
import { SimulatedSandboxes } from './simulated-sandboxes.ts'

export interface SimulatedRuntimeOptions {
  clock: Clock
  random: Random
  /** Addresses of its sandboxes. */
  addresses: { take(): string; giveBack(ip: string): void }
  /** Milliseconds that a sandbox takes; 0 unless told. */
  sandboxDelay?: number
}

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
  const { clock, random, addresses, sandboxDelay: delay = 0 } = options
  const events = new Subject<RuntimeEvent>()
  const newId = () => random.uuid().replaceAll('-', '') + random.uuid().replaceAll('-', '')
  const changed = (containerId: string) => events.next({ containerId })
  const containers = new SimulatedContainers({ clock, newId, ended: changed })
  const sandboxes = new SimulatedSandboxes({ clock, newId, addresses, delay, stopped: changed })
  return {
    version: async () => ({ name: 'simulated', version: '1' }),
    problems: async () => [],
    ...sandboxCalls(sandboxes, containers),
    ...containerCalls(sandboxes, containers),
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
      containers.close()
      events.complete()
    },
  }
}

const sandboxCalls = (
  sandboxes: SimulatedSandboxes,
  containers: SimulatedContainers,
): Pick<Runtime, 'runSandbox' | 'stopSandbox' | 'removeSandbox' | 'sandboxes' | 'sandbox'> => ({
  runSandbox: (config) => sandboxes.run(config),
  async stopSandbox(id) {
    containers.endAll(id)
    sandboxes.stop(id)
  },
  async removeSandbox(id) {
    containers.removeAll(id)
    sandboxes.remove(id)
  },
  sandboxes: async () => sandboxes.all(),
  sandbox: async (id) => sandboxes.get(id),
})

function mustRun({ id, state }: RuntimeContainer): void {
  if (state !== 'running') throw new RuntimeError('other', `container ${id} is not running`)
}

const containerCalls = (
  sandboxes: SimulatedSandboxes,
  containers: SimulatedContainers,
): Pick<
  Runtime,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'updateResources'
  | 'containers'
  | 'container'
  | 'exec'
> => ({
  createContainer: async (sandboxId, config) => containers.create(sandboxes.get(sandboxId), config),
  startContainer: (id) => containers.start(id),
  stopContainer: (id, graceSeconds) => containers.stop(id, graceSeconds),
  removeContainer: async (id) => containers.remove(id),
  updateResources: async (id) => mustRun(containers.get(id)),
  containers: async () => containers.all(),
  container: async (id) => containers.get(id),
  async exec(id) {
    mustRun(containers.get(id))
    return { exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
  },
})
