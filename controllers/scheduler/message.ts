/** Why no node would do, in the words that users and their tools know. */

export const noNodes = 'no nodes available to schedule pods'

export interface Entry {
  reasons: readonly string[]
  hopeless: boolean
  /** How many nodes gave it. */
  nodes: number
}

export interface Preemption {
  /** Whether the pod may push others out. */
  preempts: boolean
  /** Whether there is any pod of lower priority. */
  evictable: boolean
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: ...`. */
export function unschedulableMessage(
  nodes: number,
  entries: readonly Entry[],
  { preempts, evictable }: Preemption,
): string {
  const counts = new Map<string, number>()
  for (const entry of entries)
    for (const reason of entry.reasons) counts.set(reason, (counts.get(reason) ?? 0) + entry.nodes)
  const message = `0/${nodes} nodes are available: ${histogram(counts)}.`
  if (!preempts) return `${message} preemption: not eligible due to preemptionPolicy=Never.`
  if (evictable)
    return `${message} preemption: pods of lower priority are not evicted by this scheduler.`
  return `${message} preemption: 0/${nodes} nodes are available: ${histogram(outlook(entries))}.`
}

/** Whether evicting pods would have helped, had there been any to evict. */
function outlook(entries: readonly Entry[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { hopeless, nodes } of entries) {
    const reason = hopeless
      ? 'Preemption is not helpful for scheduling'
      : 'No preemption victims found for incoming pod'
    counts.set(reason, (counts.get(reason) ?? 0) + nodes)
  }
  return counts
}

/** Sorted as text, so that one situation has one message. */
const histogram = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ')
