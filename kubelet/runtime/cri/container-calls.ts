/** Containers by CRI, and the streams into them. */

import type { ExecResult, Runtime, RuntimeContainer } from '../runtime.ts'
import { deadlines, second } from './deadlines.ts'
import { type GrpcService, unlessAbsent } from './grpc-client.ts'
import type { KernelLog } from './kernel-log.ts'
import {
  type ContainerMessage,
  containerConfigMessage,
  containerOf,
  resourcesMessage,
  sandboxConfigMessage,
} from './messages.ts'

export const containerCalls = (
  runtime: GrpcService,
  log: KernelLog,
): Pick<
  Runtime,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'updateResources'
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
    async updateResources(id, resources) {
      const request = { container_id: id, linux: resourcesMessage(resources) }
      await runtime.call('UpdateContainerResources', request, deadlines.write)
    },
    containers: () => list(null),
    async container(id) {
      const status = runtime.call<{ status: ContainerMessage }>(
        'ContainerStatus',
        { container_id: id },
        deadlines.read,
      )
      const [answer, [listed]] = await Promise.all([status, list({ id })])
      return withReason(containerOf(answer.status, listed?.sandboxId), log)
    },
    async reopenLog(id) {
      await runtime.call('ReopenContainerLog', { container_id: id }, deadlines.read)
    },
  }
}

/** That a process of it was killed for memory, when the runtime has missed it: whatever its first process ended with. */
function withReason(container: RuntimeContainer, log: KernelLog): RuntimeContainer {
  const { id, state, reason } = container
  const missed = state === 'exited' && reason !== outOfMemory && log.killed(id)
  return missed ? { ...container, reason: outOfMemory } : container
}

const outOfMemory = 'OOMKilled'

export const streamCalls = (
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
