/** The runtime contract spoken to containerd: CRI v1 for everything, containerd's event service for speed. */

import { join } from 'node:path'
import { Subject, type Subscription } from 'rxjs'
import type { Clock } from '../../../ports/clock.ts'
import {
  type ContainerUsage,
  type ExecResult,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
} from '../runtime.ts'
import { type GrpcService, grpcService } from './grpc-client.ts'
import {
  type ContainerMessage,
  containerConfigMessage,
  containerOf,
  type ImageMessage,
  imageOf,
  milliseconds,
  type SandboxMessage,
  sandboxConfigMessage,
  sandboxOf,
} from './messages.ts'
import { taskEvents } from './task-events.ts'

export interface CriRuntimeOptions {
  /** `unix:///run/tiphys/containerd.sock` or a bare path. */
  endpoint: string
  clock: Clock
}

const proto = join(import.meta.dirname, 'runtime.proto')
const second = 1000

/** Milliseconds a call may take. */
const deadlines = {
  read: 10 * second,
  write: 120 * second,
  stop: 30 * second,
  pull: 15 * 60 * second,
} as const

/** Stopping and removing what is not there has been done. */
async function unlessAbsent(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'notFound')) throw error
  }
}

/** What containerd says when a registry has no such image, or none can be asked. */
function pullError(reference: string, error: unknown): unknown {
  if (!(error instanceof RuntimeError)) return error
  const absent = error.code === 'notFound' || / not found$/.test(error.message)
  const message = error.message.replace(/^PullImage: /, '')
  return new RuntimeError(
    absent ? 'imageNotFound' : error.code,
    message.includes(reference) ? message : `failed to pull image "${reference}": ${message}`,
  )
}

const amount = (value: { value: string } | null | undefined): number => Number(value?.value ?? 0)

interface UsageMessage {
  attributes: { id: string }
  cpu: { timestamp: string; usage_core_nano_seconds: { value: string } | null } | null
  memory: Record<'working_set_bytes' | 'usage_bytes', { value: string } | null> | null
  writable_layer: { used_bytes: { value: string } | null } | null
}

const usageOf = (message: UsageMessage): ContainerUsage => ({
  containerId: message.attributes.id,
  at: milliseconds(message.cpu?.timestamp),
  cpuNanoseconds: amount(message.cpu?.usage_core_nano_seconds),
  workingSetBytes: amount(message.memory?.working_set_bytes),
  memoryBytes: amount(message.memory?.usage_bytes),
  writableBytes: amount(message.writable_layer?.used_bytes),
})

/** Connects when first used; a socket that is not there makes calls reject with `unavailable`. */
export function criRuntime(options: CriRuntimeOptions): Runtime {
  const { endpoint, clock } = options
  const open = (service: string) =>
    grpcService({ endpoint, proto, service: `runtime.v1.${service}`, clock })
  const runtime = open('RuntimeService')
  const images = open('ImageService')
  const events = new Subject<RuntimeEvent>()
  const subscription: Subscription = taskEvents({
    endpoint,
    clock,
    hasEnded: (id) => hasEnded(runtime, id),
  }).subscribe(events)
  return {
    ...node(runtime),
    ...sandboxes(runtime),
    ...containers(runtime),
    ...streams(runtime),
    ...imageCalls(images),
    events: events.asObservable(),
    close() {
      subscription.unsubscribe()
      events.complete()
      runtime.close()
      images.close()
    },
  }
}

async function hasEnded(runtime: GrpcService, id: string): Promise<boolean> {
  try {
    const answer = await runtime.call<{ status: ContainerMessage }>(
      'ContainerStatus',
      { container_id: id },
      deadlines.read,
    )
    return answer.status.state !== 'CONTAINER_RUNNING'
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error
    if (error.code !== 'notFound') return true
  }
  try {
    const answer = await runtime.call<{ status: SandboxMessage }>(
      'PodSandboxStatus',
      { pod_sandbox_id: id },
      deadlines.read,
    )
    return answer.status.state !== 'SANDBOX_READY'
  } catch (error) {
    if (error instanceof RuntimeError) return true
    throw error
  }
}

interface Condition {
  type: string
  status: boolean
  reason: string
  message: string
}

const node = (runtime: GrpcService): Pick<Runtime, 'version' | 'problems' | 'usage'> => ({
  async version() {
    const answer = await runtime.call<{ runtime_name: string; runtime_version: string }>(
      'Version',
      {},
      deadlines.read,
    )
    return { name: answer.runtime_name, version: answer.runtime_version }
  },
  async problems() {
    const answer = await runtime.call<{ status: { conditions: Condition[] } }>(
      'Status',
      {},
      deadlines.read,
    )
    return answer.status.conditions
      .filter(({ status }) => !status)
      .map(({ type, reason, message }) => `${type}: ${reason || 'False'}: ${message}`)
  },
  async usage() {
    const answer = await runtime.call<{ stats: UsageMessage[] }>(
      'ListContainerStats',
      {},
      deadlines.read,
    )
    return answer.stats.map(usageOf)
  },
})

const sandboxes = (
  runtime: GrpcService,
): Pick<Runtime, 'runSandbox' | 'stopSandbox' | 'removeSandbox' | 'sandboxes' | 'sandbox'> => ({
  async runSandbox(config) {
    const answer = await runtime.call<{ pod_sandbox_id: string }>(
      'RunPodSandbox',
      { config: sandboxConfigMessage(config) },
      deadlines.write,
    )
    return answer.pod_sandbox_id
  },
  stopSandbox: (id) =>
    unlessAbsent(runtime.call('StopPodSandbox', { pod_sandbox_id: id }, deadlines.write)),
  removeSandbox: (id) =>
    unlessAbsent(runtime.call('RemovePodSandbox', { pod_sandbox_id: id }, deadlines.write)),
  async sandboxes() {
    const answer = await runtime.call<{ items: SandboxMessage[] }>(
      'ListPodSandbox',
      {},
      deadlines.read,
    )
    return answer.items.map(sandboxOf)
  },
  async sandbox(id) {
    const answer = await runtime.call<{ status: SandboxMessage }>(
      'PodSandboxStatus',
      { pod_sandbox_id: id },
      deadlines.read,
    )
    return sandboxOf(answer.status)
  },
})

const containers = (
  runtime: GrpcService,
): Pick<
  Runtime,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'containers'
  | 'container'
  | 'reopenLog'
> => {
  const list = async (filter: object | null) => {
    const answer = await runtime.call<{ containers: ContainerMessage[] }>(
      'ListContainers',
      { filter },
      deadlines.read,
    )
    return answer.containers.map((message) => containerOf(message))
  }
  return {
    async createContainer(sandboxId, config, sandbox) {
      const request = {
        pod_sandbox_id: sandboxId,
        config: containerConfigMessage(config, sandbox),
        sandbox_config: sandboxConfigMessage(sandbox),
      }
      const answer = await runtime.call<{ container_id: string }>(
        'CreateContainer',
        request,
        deadlines.write,
      )
      return answer.container_id
    },
    async startContainer(id) {
      await runtime.call('StartContainer', { container_id: id }, deadlines.write)
    },
    stopContainer: (id, graceSeconds) =>
      unlessAbsent(
        runtime.call(
          'StopContainer',
          { container_id: id, timeout: graceSeconds },
          deadlines.stop + graceSeconds * second,
        ),
      ),
    removeContainer: (id) =>
      unlessAbsent(runtime.call('RemoveContainer', { container_id: id }, deadlines.write)),
    containers: () => list(null),
    async container(id) {
      const status = runtime.call<{ status: ContainerMessage }>(
        'ContainerStatus',
        { container_id: id },
        deadlines.read,
      )
      const [answer, [listed]] = await Promise.all([status, list({ id })])
      return containerOf(answer.status, listed?.sandboxId)
    },
    async reopenLog(id) {
      await runtime.call('ReopenContainerLog', { container_id: id }, deadlines.read)
    },
  }
}

const streams = (
  runtime: GrpcService,
): Pick<Runtime, 'exec' | 'execUrl' | 'attachUrl' | 'portForwardUrl'> => {
  const url = async (method: string, request: object) =>
    (await runtime.call<{ url: string }>(method, request, deadlines.read)).url
  return {
    async exec(id, command, timeoutSeconds): Promise<ExecResult> {
      const answer = await runtime.call<{ stdout: Buffer; stderr: Buffer; exit_code: number }>(
        'ExecSync',
        { container_id: id, cmd: command, timeout: timeoutSeconds },
        timeoutSeconds > 0 ? timeoutSeconds * second + deadlines.read : deadlines.write,
      )
      return { exitCode: answer.exit_code, stdout: answer.stdout, stderr: answer.stderr }
    },
    execUrl: (id, { command, ...options }) =>
      url('Exec', { container_id: id, cmd: command, ...options }),
    attachUrl: (id, options) => url('Attach', { container_id: id, ...options }),
    portForwardUrl: (sandboxId) => url('PortForward', { pod_sandbox_id: sandboxId }),
  }
}

const imageCalls = (images: GrpcService): Pick<Runtime, 'images' | 'image' | 'pullImage'> => ({
  async images() {
    const answer = await images.call<{ images: ImageMessage[] }>('ListImages', {}, deadlines.read)
    return answer.images.map(imageOf)
  },
  async image(reference) {
    const answer = await images.call<{ image: ImageMessage | null }>(
      'ImageStatus',
      { image: { image: reference } },
      deadlines.read,
    )
    return answer.image ? imageOf(answer.image) : undefined
  },
  async pullImage(reference, credentials) {
    try {
      const answer = await images.call<{ image_ref: string }>(
        'PullImage',
        { image: { image: reference }, auth: credentials ?? null },
        deadlines.pull,
      )
      return answer.image_ref
    } catch (error) {
      throw pullError(reference, error)
    }
  },
})
