/** A Node as the agent wants it: what it registers, and what it reports again and again. Pure. */

import type { Node } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import type { RuntimeImage } from '../runtime/runtime.ts'
import type { Machine, Pressure } from './machine.ts'

export interface NodeIdentity {
  name: string
  addresses: string[]
  /** Beside those every node has. */
  labels: Record<string, string>
  maxPods: number
  /** Of the node's HTTPS server; 0: there is none. */
  port: number
  runtimeVersion: string
  machine: Machine
}

export interface NodeHealth {
  pressure: Pressure
  /** Why pods cannot run here; none: the node is ready. */
  problems: string[]
  images: RuntimeImage[]
}

type Status = NonNullable<Node['status']>
type Condition = NonNullable<Status['conditions']>[number]

const kubeletVersion = 'v1.36.0'
const reservedMemory = 100 * 2 ** 20
/** Images named in a node's status. */
const mostImages = 50

export const nodeLabels = ({ name, labels, machine }: NodeIdentity): Record<string, string> => ({
  'kubernetes.io/hostname': name,
  'kubernetes.io/os': machine.nodeInfo.operatingSystem,
  'kubernetes.io/arch': machine.nodeInfo.architecture,
  ...labels,
})

export const allocatable = ({ machine, maxPods }: Pick<NodeIdentity, 'machine' | 'maxPods'>) => ({
  milliCpu: machine.milliCpu,
  memoryBytes: Math.max(0, machine.memoryBytes - reservedMemory),
  storageBytes: machine.storageBytes,
  pods: maxPods,
})

const quantities = (milliCpu: number, memory: number, storage: number, pods: number) => ({
  cpu: milliCpu % 1000 === 0 ? String(milliCpu / 1000) : `${milliCpu}m`,
  memory: `${Math.floor(memory / 1024)}Ki`,
  'ephemeral-storage': `${Math.floor(storage / 1024)}Ki`,
  pods: String(pods),
})

interface Verdict {
  type: string
  holds: boolean
  reason: string
  message: string
}

function verdicts({ pressure, problems }: NodeHealth): Verdict[] {
  const pressed = (type: string, holds: boolean, has: string, hasNot: string): Verdict => ({
    type,
    holds,
    reason: holds ? `KubeletHas${has}` : `KubeletHas${hasNot}`,
    message: `kubelet has ${holds ? has : hasNot}`,
  })
  return [
    pressed('MemoryPressure', pressure.memory, 'InsufficientMemory', 'SufficientMemory'),
    pressed('DiskPressure', pressure.disk, 'DiskPressure', 'NoDiskPressure'),
    pressed('PIDPressure', pressure.pids, 'InsufficientPID', 'SufficientPID'),
    problems.length === 0
      ? {
          type: 'Ready',
          holds: true,
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
        }
      : {
          type: 'Ready',
          holds: false,
          reason: 'KubeletNotReady',
          message: problems.join('; '),
        },
  ]
}

/** A transition time moves only with its status. */
function conditions(health: NodeHealth, old: Condition[], now: number): Condition[] {
  return verdicts(health).map(({ type, holds, reason, message }) => {
    const status = holds ? 'True' : 'False'
    const before = old.find((condition) => condition.type === type)
    const kept = before?.status === status ? before.lastTransitionTime : undefined
    return {
      type,
      status,
      lastHeartbeatTime: time(now),
      lastTransitionTime: kept ?? time(now),
      reason,
      message,
    }
  })
}

export function nodeStatus(
  identity: NodeIdentity,
  health: NodeHealth,
  old: Status | undefined,
  now: number,
): Status {
  const { machine, maxPods } = identity
  const free = allocatable(identity)
  return {
    capacity: quantities(machine.milliCpu, machine.memoryBytes, machine.storageBytes, maxPods),
    allocatable: quantities(free.milliCpu, free.memoryBytes, free.storageBytes, free.pods),
    conditions: conditions(health, old?.conditions ?? [], now),
    addresses: [
      ...identity.addresses.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: identity.name },
    ],
    ...(identity.port > 0 ? { daemonEndpoints: { kubeletEndpoint: { Port: identity.port } } } : {}),
    nodeInfo: {
      ...machine.nodeInfo,
      containerRuntimeVersion: identity.runtimeVersion,
      kubeletVersion,
      kubeProxyVersion: '',
    },
    images: health.images
      .toSorted((a, b) => b.size - a.size)
      .slice(0, mostImages)
      .map(({ tags, digests, size }) => ({ names: [...digests, ...tags], sizeBytes: size })),
  }
}

/** Whether only heartbeats differ. */
export function sameStatus(a: Status | undefined, b: Status): boolean {
  const still = (status: Status | undefined) =>
    JSON.stringify({
      ...status,
      conditions: status?.conditions?.map(({ type, status, reason, message }) => ({
        type,
        status,
        reason,
        message,
      })),
    })
  return still(a) === still(b)
}
