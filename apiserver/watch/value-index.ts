/**
 * Objects by a value that they have: a field, a label, an owner. Most values belong to one object alone, which then
 * stands there without a set of its own.
 */

import type { Version } from './version.ts'

type Members = Version | Set<Version>

const none: ReadonlySet<Version> = new Set()

export class ValueIndex {
  readonly #members = new Map<string, Members>()

  link(value: string, version: Version): void {
    const members = this.#members.get(value)
    if (members === undefined) this.#members.set(value, version)
    else if (members instanceof Set) members.add(version)
    else this.#members.set(value, new Set([members, version]))
  }

  unlink(value: string, version: Version): void {
    const members = this.#members.get(value)
    if (members instanceof Set) members.delete(version)
    if (members === version || (members instanceof Set && members.size === 0))
      this.#members.delete(value)
  }

  /** In no particular order. */
  get(value: string): ReadonlySet<Version> {
    const members = this.#members.get(value) ?? none
    return members instanceof Set ? members : new Set([members as Version])
  }

  /** How many have the value. */
  count(value: string): number {
    const members = this.#members.get(value)
    if (members === undefined) return 0
    return members instanceof Set ? members.size : 1
  }
}
