/**
 * Whether a node is alive, as seen from here: it renews its lease or changes its status. Only our own clock counts, so
 * a node whose clock is wrong is not dead. Pure but for what it remembers.
 */

import type { Lease, Node } from '../../api/types.ts'

export type NodeCondition = NonNullable<NonNullable<Node['status']>['conditions']>[number]
export type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number]

export interface HealthOptions {
  /** Milliseconds without a sign of life after which a node is no longer known to be ready (40,000). */
  gracePeriod?: number
  /** The same for one that has never reported (60,000). */
  startupGracePeriod?: number
}

interface Sign {
  text: string
  at: number
}

export class NodeSigns {
  readonly #signs = new Map<string, Sign>()
  readonly #grace: number
  readonly #startupGrace: number

  constructor({ gracePeriod = 40_000, startupGracePeriod = 60_000 }: HealthOptions = {}) {
    this.#grace = gracePeriod
    this.#startupGrace = startupGracePeriod
  }

  /**
   * Takes in what is known now; returns for how many milliseconds the node may still be believed, 0 or less when it may
   * not. `now` is monotonic.
   */
  believed(node: Node, lease: Lease | undefined, now: number): number {
    const name = node.metadata.name ?? ''
    const ready = conditionOf(node, 'Ready')
    const text = [
      node.metadata.uid,
      lease?.spec?.renewTime,
      ready?.status === 'Unknown' ? '' : ready?.lastHeartbeatTime,
    ].join(' ')
    let sign = this.#signs.get(name)
    if (sign?.text !== text) {
      sign = { text, at: now }
      this.#signs.set(name, sign)
    }
    const reported = ready !== undefined || lease?.spec?.renewTime !== undefined
    return sign.at + (reported ? this.#grace : this.#startupGrace) - now
  }

  forget(name: string): void {
    this.#signs.delete(name)
  }
}

export const conditionOf = ({ status }: Node, type: string): NodeCondition | undefined =>
  status?.conditions?.find((condition) => condition.type === type)

const followed = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

/** The conditions of a node that is silent: all that it reported is unknown now. `now`: RFC 3339. */
export function silentConditions(node: Node, now: string): NodeCondition[] {
  const conditions = [...(node.status?.conditions ?? [])]
  for (const type of followed) {
    const at = conditions.findIndex((condition) => condition.type === type)
    const known = conditions[at]
    if (known?.status === 'Unknown') continue
    const unknown: NodeCondition = known
      ? {
          ...known,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: now,
        }
      : {
          type,
          status: 'Unknown',
          reason: 'NodeStatusNeverUpdated',
          message: 'Kubelet never posted node status.',
          lastHeartbeatTime: node.metadata.creationTimestamp ?? now,
          lastTransitionTime: now,
        }
    if (at >= 0) conditions[at] = unknown
    else conditions.push(unknown)
  }
  return conditions
}
