/** Why keys run: collected from what comes in until the run begins. For people to read; no run is decided by it. */

import { same } from '../../api/same.ts'
import type { Key } from './inputs.ts'
import { keyText } from './queue.ts'

/** One reason for a run. */
export type Cause =
  /** An object of a declared kind has changed; its `resourceVersion` says by which write. */
  | {
      role: 'primary' | 'owns' | 'watches'
      change: 'added' | 'updated' | 'deleted'
      kind: string
      namespace?: string
      name: string
      resourceVersion?: string
    }
  /** A key came from a `trigger`. */
  | { role: 'trigger' }
  /** All keys are run now and then. */
  | { role: 'resync' }
  /** Something that the last run wrote was gone before it was seen. */
  | { role: 'vanished' }
  /** The last run had asked for it, or had failed. */
  | { role: 'requeue' | 'retry' }

/** Causes of one run that are told. */
const told = 8
/** Keys of which causes are remembered. */
const remembered = 100_000

export class Causes {
  readonly #pending = new Map<string, Cause[]>()

  add(key: Key, cause: Cause): void {
    const text = keyText(key)
    const known = this.#pending.get(text)
    if (known) {
      // An owner is asked for the old object and for the new one.
      if (known.length < told && !known.some((one) => same(one, cause))) known.push(cause)
    } else if (this.#pending.size < remembered) this.#pending.set(text, [cause])
  }

  /** What has come since the last run of `key` began. */
  take(key: Key): Cause[] {
    const text = keyText(key)
    const causes = this.#pending.get(text) ?? []
    this.#pending.delete(text)
    return causes
  }

  clear(): void {
    this.#pending.clear()
  }
}
