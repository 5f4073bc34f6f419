/**
 * The statuses of quotas as admission writes them: straight in the store, compared and set, because a charge that came
 * a moment late would be no limit. It writes `status.used` and nothing else.
 */

import { type Amounts, amountsOf } from '../../api/pod-resources.ts'
import { formatQuantity } from '../../api/quantity-text.ts'
import type { ResourceQuota } from '../../api/types.ts'
import type { Clock } from '../../ports/clock.ts'
import { conflict } from '../http/status.ts'
import { objectKey } from '../registry/keys.ts'
import { ownNote } from '../registry/write-note.ts'
import { resourceQuotas } from '../resources/core/resource-quota.ts'
import type { Storage } from '../storage/storage.ts'
import { decodeObject, encodeObject } from '../watch/encode.ts'

type Used = Record<string, string>

/** Tries of one change; in one process charges of a namespace take turns, so others must be faster as often. */
const mostTries = 100

export class QuotaStatuses {
  readonly #storage: Storage
  readonly #clock: Pick<Clock, 'now'>
  /** The last in line of each namespace. */
  readonly #lines = new Map<string, Promise<unknown>>()

  constructor(storage: Storage, clock: Pick<Clock, 'now'>) {
    this.#storage = storage
    this.#clock = clock
  }

  /** One after the other in a namespace, so that a burst does not fight over one status. */
  async inTurn<T>(namespace: string, task: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(namespace)
    const mine = (async () => {
      // Whoever was before has told its own caller how it ended.
      await before?.catch(() => {})
      return task()
    })()
    this.#lines.set(namespace, mine)
    try {
      return await mine
    } finally {
      if (this.#lines.get(namespace) === mine) this.#lines.delete(namespace)
    }
  }

  /**
   * @param make the new `status.used`, from the stored quota; `undefined`: nothing to be written. Called again when
   * somebody else was faster. Not called where the quota is gone.
   */
  async change(
    namespace: string,
    name: string,
    make: (quota: ResourceQuota) => Used | undefined,
  ): Promise<void> {
    const key = objectKey(resourceQuotas, namespace, name)
    let { entry } = await this.#storage.get(key)
    for (let tries = 0; tries < mostTries; tries++) {
      if (!entry) return
      const quota = decodeObject(entry.value)
      const used = make(quota as unknown as ResourceQuota)
      if (!used) return
      quota.status = { ...(quota.status as object | undefined), used }
      const expect = entry.modified
      const value = encodeObject(quota)
      const note = ownNote(this.#clock, { verb: 'update', subresource: 'status' })
      const result = await this.#storage.write({ key, value, expect, note })
      if (result.ok) return
      entry = result.current
    }
    throw conflict(resourceQuotas, name)
  }

  /** Never below nothing: the controller may have counted in between. */
  async giveBack(namespace: string, name: string, charged: Amounts): Promise<void> {
    await this.inTurn(namespace, () =>
      this.change(namespace, name, ({ status }) => {
        const used = { ...status?.used }
        const before = amountsOf(used)
        for (const [resource, amount] of charged) {
          const left = (before.get(resource) ?? 0n) - amount
          used[resource] = formatQuantity(left > 0n ? left : 0n, status?.hard?.[resource] ?? '')
        }
        return used
      }),
    )
  }
}
