/**
 * How many requests are worked on at once. What is beyond that is told to come back in a second, so that a server
 * under load stays one that answers. Leases, node status and health are never turned away: the cluster lives on them.
 */

import type { RequestInfo } from './request-info.ts'
import { tooManyRequests } from './status.ts'

export interface InFlightLimits {
  reading: number
  writing: number
}

const reads = new Set(['get', 'list'])
const unlimitedSubresources = new Set(['log', 'exec', 'attach', 'portforward', 'proxy'])

/** Which of the two a request counts as; `undefined`: it is not counted. */
function laneOf(info: RequestInfo, groups: readonly string[]): keyof InFlightLimits | undefined {
  if (info.type === 'path' || info.verb === 'watch') return undefined
  if (groups.includes('system:masters')) return undefined
  const { plural, subresource } = info
  if (plural === 'leases' && info.group === 'coordination.k8s.io') return undefined
  if (plural === 'nodes' && subresource === 'status') return undefined
  if (unlimitedSubresources.has(subresource)) return undefined
  return reads.has(info.verb) ? 'reading' : 'writing'
}

export class InFlight {
  readonly #limits: InFlightLimits
  readonly #now: InFlightLimits = { reading: 0, writing: 0 }

  constructor(limits: InFlightLimits) {
    this.#limits = limits
  }

  get now(): Readonly<InFlightLimits> {
    return this.#now
  }

  /** Counts a request in; what is returned counts it out. @throws StatusError 429 */
  enter(info: RequestInfo, groups: readonly string[]): () => void {
    const lane = laneOf(info, groups)
    if (!lane) return () => {}
    if (this.#now[lane] >= this.#limits[lane])
      throw tooManyRequests('Too many requests, please try again later.', 1)
    this.#now[lane]++
    return () => {
      this.#now[lane]--
    }
  }
}
