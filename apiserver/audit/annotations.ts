/** What is said of a request besides what it is: who says something first is believed, and there is an end to it. */

import { qualifiedNameProblems } from '../resources/name-validation.ts'

/** Characters of all that is said of one request. */
const most = 256 * 1024

export class Annotations {
  readonly all = new Map<string, string>()
  #size = 0

  add(key: string, value: string): void {
    const size = key.length + value.length
    if (this.all.has(key) || this.#size + size > most) return
    this.#size += size
    this.all.set(key, value)
  }

  /** The same for keys of others: they have to say whose they are, `example.com/key`. */
  addOf(key: string, value: string): void {
    if (key.includes('/') && qualifiedNameProblems(key).length === 0) this.add(key, value)
  }
}
