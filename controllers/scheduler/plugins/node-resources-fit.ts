/** Places pods only where what they request is left, and rather where more of it is left. */

import type { NodeInfo } from '../node-info.ts'
import { highest, type Plugin, type Refusal } from '../plugin.ts'
import type { PodInfo } from '../pod-info.ts'

/** Everything that is missing at once, so that nobody is told one thing after the other. */
function lacking({ requests }: PodInfo, node: NodeInfo): Refusal | undefined {
  const { allocatable, requested } = node
  const crowded = node.pods.size + 1 > node.allowedPods
  const { cpu, memory, storage, others } = requests
  const noCpu = cpu > 0 && cpu > allocatable.cpu - requested.cpu
  const noMemory = memory > 0 && memory > allocatable.memory - requested.memory
  const noStorage = storage > 0 && storage > allocatable.storage - requested.storage
  if (!crowded && !noCpu && !noMemory && !noStorage && !others) return undefined
  const reasons: string[] = []
  let hopeless = false
  const lack = (reason: string, tooMuchForAny: boolean) => {
    reasons.push(reason)
    hopeless ||= tooMuchForAny
  }
  if (crowded) lack('Too many pods', false)
  if (noCpu) lack('Insufficient cpu', cpu > allocatable.cpu)
  if (noMemory) lack('Insufficient memory', memory > allocatable.memory)
  if (noStorage) lack('Insufficient ephemeral-storage', storage > allocatable.storage)
  for (const [name, count] of others ?? []) {
    const all = allocatable.others?.get(name) ?? 0
    if (count > 0 && count > all - (requested.others?.get(name) ?? 0))
      lack(`Insufficient ${name}`, count > all)
  }
  return reasons.length > 0 ? { reasons, hopeless } : undefined
}

export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  retryAfter: ['node-added', 'node-capacity', 'pod-removed', 'pod-changed'],
  weight: 1,
  filter: (pod) => (node) => lacking(pod, node),
  /** The part of CPU and memory that would be left. */
  score: ({ scored: pod }, nodes) =>
    nodes.map(({ allocatable, scored }) => {
      const cpu = left(allocatable.cpu, scored.cpu + pod.cpu)
      const memory = left(allocatable.memory, scored.memory + pod.memory)
      const known = Number(allocatable.cpu > 0) + Number(allocatable.memory > 0)
      return known === 0 ? 0 : Math.trunc((cpu + memory) / known)
    }),
}

const left = (capacity: number, used: number): number =>
  capacity === 0 || used > capacity ? 0 : Math.trunc(((capacity - used) * highest) / capacity)
