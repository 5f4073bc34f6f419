/**
 * Since when nodes bear their taints, as seen here: those that do not say it, as those that people set, since they were
 * first seen. A controller that starts anew counts anew.
 */

import type { Node } from '../../api/types.ts'
import type { Taint } from './health.ts'
import { noExecuteTaints } from './taints.ts'

/** Nodes remembered; the one not seen for longest is forgotten first. */
const mostNodes = 10_000

interface Sighting {
  /** When taints were first seen that do not say it, by their names. */
  seen: ReadonlyMap<string, number>
  /** All of them. */
  names: string
  /** The node's `resourceVersion` when it was first seen to bear these and no others. */
  version: string
}

export class TaintSightings {
  readonly #nodes = new Map<string, Sighting>()

  /**
   * The node's `NoExecute` taints, each with its time.
   * @param now milliseconds since the epoch
   */
  timed(node: Node, now: number): Taint[] {
    const taints = noExecuteTaints(node)
    const { uid = '', resourceVersion = '' } = node.metadata
    const known = this.#nodes.get(uid)
    const names = taints.map(name).sort().join()
    const version = known?.names === names ? known.version : resourceVersion
    const untimed = taints.filter(({ timeAdded }) => timeAdded === undefined)
    const seen = new Map(untimed.map((taint) => [name(taint), known?.seen.get(name(taint)) ?? now]))
    this.#nodes.delete(uid)
    if (taints.length > 0) this.#nodes.set(uid, { seen, names, version })
    const [oldest] = this.#nodes.keys()
    if (this.#nodes.size > mostNodes && oldest !== undefined) this.#nodes.delete(oldest)
    return taints.map((taint) => ({
      ...taint,
      timeAdded: taint.timeAdded ?? new Date(seen.get(name(taint)) ?? now).toISOString(),
    }))
  }

  /** Which version of a node that was looked at was the first with its present taints. */
  versionOf({ metadata: { uid = '', resourceVersion = '' } }: Node): string {
    return this.#nodes.get(uid)?.version ?? resourceVersion
  }
}

const name = ({ key, value = '' }: Taint): string => `${key}=${value}`
