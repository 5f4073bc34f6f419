/** Owners that were seen to be gone, by uid, and with which version they went: uids never come back. */

import type { ObjectVersion } from '../framework/index.ts'

/** More than these are asked for again. */
const kept = 4_096

export class AbsentOwners {
  readonly #seen = new Map<string, ObjectVersion | undefined>()

  /** @param version absent where they were only found to be gone */
  add(uid: string, version?: ObjectVersion): void {
    this.#seen.set(uid, version)
    if (this.#seen.size <= kept) return
    const [oldest = ''] = this.#seen.keys()
    this.#seen.delete(oldest)
  }

  has(uid: string): boolean {
    return this.#seen.has(uid)
  }

  versionOf(uid: string): ObjectVersion | undefined {
    return this.#seen.get(uid)
  }
}
