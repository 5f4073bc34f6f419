/**
 * Since when nodes bear the taints that do not say it, as those that people set: since they were first seen here. A
 * controller that starts anew counts anew.
 */

import type { Node } from '../../api/types.ts'
import type { Taint } from './health.ts'
import { noExecuteTaints } from './taints.ts'

/** Nodes remembered; the one not seen for longest is forgotten first. */
const mostNodes = 10_000

export class TaintSightings {
  readonly #nodes = new Map<string, ReadonlyMap<string, number>>()

  /**
   * The node's `NoExecute` taints, each with its time.
   * @param now milliseconds since the epoch
   */
  timed(node: Node, now: number): Taint[] {
    const taints = noExecuteTaints(node)
    const { uid = '' } = node.metadata
    const known = this.#nodes.get(uid)
    const untimed = taints.filter(({ timeAdded }) => timeAdded === undefined)
    const seen = new Map(untimed.map((taint) => [name(taint), known?.get(name(taint)) ?? now]))
    this.#nodes.delete(uid)
    if (seen.size > 0) this.#nodes.set(uid, seen)
    const [oldest] = this.#nodes.keys()
    if (this.#nodes.size > mostNodes && oldest !== undefined) this.#nodes.delete(oldest)
    return taints.map((taint) => ({
      ...taint,
      timeAdded: taint.timeAdded ?? new Date(seen.get(name(taint)) ?? now).toISOString(),
    }))
  }
}

const name = ({ key, value = '' }: Taint): string => `${key}=${value}`
