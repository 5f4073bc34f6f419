/**
 * Who is asked a second time about one request: those who wish it, when the object changed after they had seen it.
 * There is no third time.
 */

import type { KubernetesObject } from '../../api/object.ts'

/** Of one request. */
export class Reinvocation {
  /** The plugins run for the second time. */
  again = false
  /** They have to: an object changed by others than the plugins that this server brings. */
  wanted = false
  readonly #calls = new Map<string, ReinvocableCalls>()

  /** By plugin. */
  callsOf(plugin: string): ReinvocableCalls {
    let calls = this.#calls.get(plugin)
    if (!calls) {
      calls = new ReinvocableCalls(this)
      this.#calls.set(plugin, calls)
    }
    return calls
  }
}

/** What one plugin called for one request, by ids of its own. */
export class ReinvocableCalls {
  readonly #whole: Reinvocation
  #called = new Set<string>()
  #due = new Set<string>()
  #left: string | undefined

  constructor(whole: Reinvocation) {
    this.#whole = whole
  }

  /** Before the first call of a round: what others changed in between is news to all. */
  begin(object: KubernetesObject | undefined): void {
    if (this.#whole.again && this.#left !== undefined && this.#left !== JSON.stringify(object))
      this.#everybodyAgain()
  }

  /** After the last call of a round. */
  end(object: KubernetesObject | undefined): void {
    if (this.#called.size > 0 || this.#due.size > 0) this.#left = JSON.stringify(object)
  }

  /** Whether this one is to be called in this round. */
  isDue(id: string): boolean {
    return !this.#whole.again || this.#due.has(id)
  }

  /** One that wishes to be called again was called. */
  called(id: string): void {
    this.#called.add(id)
  }

  /** A call changed the object. */
  changed(): void {
    this.#everybodyAgain()
    this.#whole.wanted = true
  }

  #everybodyAgain(): void {
    for (const id of this.#called) this.#due.add(id)
    this.#called.clear()
  }
}
