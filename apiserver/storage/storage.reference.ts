/** The storage contract done naively: every write ever made, in an array. Tests compare the real stores with it. */

import { compareKeys } from './key-order.ts'
import type { Entry, RangeOptions, Revision, Write } from './storage.ts'

interface Made {
  revision: Revision
  key: string
  value: Buffer | undefined
  note: Buffer | undefined
}

export class ReferenceStorage {
  readonly #base: Revision
  readonly #made: Made[] = []
  compacted: Revision = 0

  /** @param base the revision of the real store before the first write. */
  constructor(base: Revision) {
    this.#base = base
  }

  get revision(): Revision {
    return this.#made.at(-1)?.revision ?? this.#base
  }

  entry(key: string, at: Revision = this.revision): Entry | undefined {
    let entry: Entry | undefined
    for (const { key: written, value, revision } of this.#made) {
      if (written !== key || revision > at) continue
      entry = value && { key, value, created: entry?.created ?? revision, modified: revision }
    }
    return entry
  }

  /** Whether it was applied. */
  write({ key, value, expect, note }: Write): boolean {
    const current = this.entry(key)
    if ((current?.modified ?? 0) !== expect || (!value && !current)) return false
    this.#made.push({ revision: this.revision + 1, key, value, note })
    return true
  }

  range(prefix: string, options: RangeOptions): { entries: Entry[]; remaining: number } {
    const keys = [...new Set(this.#made.map(({ key }) => key))].sort(compareKeys)
    const found = keys
      .filter((key) => key.startsWith(prefix) && compareKeys(key, options.after ?? '') > 0)
      .flatMap((key) => this.entry(key, options.revision) ?? [])
    const limit = options.limit ?? found.length
    return { entries: found.slice(0, limit), remaining: Math.max(0, found.length - limit) }
  }

  note(key: string, at: Revision): Buffer | undefined {
    return this.#made.find((made) => made.revision === at && made.key === key)?.note
  }

  /** Each write under the prefix after a revision: what it was, what it became, its note. */
  history(prefix: string, after: Revision) {
    return this.#made
      .filter(({ key, revision }) => key.startsWith(prefix) && revision > after)
      .map(({ key, revision, note }) => ({
        key,
        revision,
        entry: this.entry(key, revision),
        previous: this.entry(key, revision - 1),
        note,
      }))
  }
}
