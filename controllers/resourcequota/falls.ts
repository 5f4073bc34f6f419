/**
 * When a count may fall. Admission charges a quota before it stores the object: who counts in between finds less than was
 * charged, and would give away twice what there is. So a count falls only after it has been lower for a while.
 */

import { amountsOf } from '../../api/pod-resources.ts'
import type { ResourceQuota } from '../../api/types.ts'
import type { Clock } from '../../ports/clock.ts'

/** Milliseconds within which what was charged is stored and seen. */
const settlesWithin = 500

export class Falls {
  /** Since when a version of a quota says more than there is; on the clock that never goes back. */
  readonly #since = new WeakMap<ResourceQuota, number>()

  /** Milliseconds until `used` may be written into this version of the quota; 0: now. */
  waitFor(
    quota: ResourceQuota,
    used: Readonly<Record<string, string>>,
    clock: Pick<Clock, 'monotonic'>,
  ): number {
    if (!isLess(used, quota.status?.used ?? {})) return 0
    const now = clock.monotonic()
    const since = this.#since.get(quota) ?? now
    this.#since.set(quota, since)
    return Math.max(0, since + settlesWithin - now)
  }
}

/** Whether any amount is. */
function isLess(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  const amounts = amountsOf(one)
  return [...amountsOf(other)].some(([name, amount]) => {
    const now = amounts.get(name)
    return now !== undefined && now < amount
  })
}
