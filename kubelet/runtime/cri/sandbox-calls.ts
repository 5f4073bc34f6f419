/** Sandboxes by CRI. */

import type { Runtime } from '../runtime.ts'
import { deadlines } from './deadlines.ts'
import { type GrpcService, unlessAbsent } from './grpc-client.ts'
import { type SandboxMessage, sandboxConfigMessage, sandboxOf } from './messages.ts'

export const sandboxCalls = (
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
