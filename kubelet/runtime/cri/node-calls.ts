/** What CRI says of the runtime as a whole, and of what its containers use. */

import type { ContainerUsage, Runtime } from '../runtime.ts'
import { deadlines } from './deadlines.ts'
import type { GrpcService } from './grpc-client.ts'
import { milliseconds } from './messages.ts'

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

interface Condition {
  type: string
  status: boolean
  reason: string
  message: string
}

export const nodeCalls = (
  runtime: GrpcService,
): Pick<Runtime, 'version' | 'problems' | 'usage'> => ({
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
