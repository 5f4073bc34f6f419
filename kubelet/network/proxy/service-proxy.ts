/**
 * Keeps the kernel's rules as the Services of the moment want them: built anew after changes, at most once in a while,
 * tried again when the kernel refuses, and put back when somebody has removed them.
 */

import type { Subscription } from 'rxjs'
import type { Clock } from '../../../ports/clock.ts'
import type { NetworkObjects } from '../network-objects.ts'
import { Timers } from '../timers.ts'
import { proxyModel } from './model.ts'
import { type Ruleset, type RulesetOptions, ruleset } from './ruleset.ts'
import type { Table } from './table.ts'

export interface ServiceProxyOptions {
  objects: Pick<NetworkObjects, 'synced' | 'changes' | 'services' | 'slices' | 'pods'>
  table: Pick<Table, 'apply' | 'verify'>
  nodeName: string
  rules: RulesetOptions
  clock: Clock
  /** Told of what goes wrong; it is tried again by itself. */
  onError(error: Error): void
}

/** Between two builds, so that a storm of changes costs a bounded share. */
const pauseMs = 10
const retryMs = 1000
const verifyMs = 30_000

export class ServiceProxy {
  readonly #options: ServiceProxyOptions
  readonly #timers: Timers
  #subscription: Subscription | undefined
  #wanted = 0
  #applied = 0
  #applying = false
  #problem = 'the service proxy has not applied its rules yet'

  constructor(options: ServiceProxyOptions) {
    this.#options = options
    this.#timers = new Timers(options.clock)
  }

  /** Why services cannot be reached now; empty when all is well. */
  get problem(): string {
    return this.#problem
  }

  /** Follows changes. Rules of an earlier run stay in force until `begin`: half a picture would cut services off. */
  start(): void {
    this.#subscription = this.#options.objects.changes.subscribe(() => this.#want())
  }

  /** Everything is known now. */
  begin(): void {
    this.#want()
    this.#verifyLater()
  }

  /** Leaves the rules as they are. */
  stop(): void {
    this.#subscription?.unsubscribe()
    this.#timers.stop()
  }

  #want(): void {
    this.#wanted++
    this.#schedule()
  }

  #schedule(): void {
    if (this.#applying || !this.#options.objects.synced) return
    this.#applying = true
    this.#timers.after(0, () => void this.#apply())
  }

  async #apply(): Promise<void> {
    const { table, onError } = this.#options
    const wanted = this.#wanted
    let pause = pauseMs
    try {
      await table.apply(this.#rules())
      this.#applied = wanted
      this.#problem = ''
    } catch (error) {
      this.#problem = `the service proxy cannot apply its rules: ${(error as Error).message}`
      onError(error as Error)
      pause = retryMs
    }
    this.#timers.after(pause, () => {
      this.#applying = false
      if (this.#applied !== this.#wanted) this.#schedule()
    })
  }

  #rules(): Ruleset {
    const { objects, nodeName, rules } = this.#options
    return ruleset(
      proxyModel(objects.services(), objects.slices(), objects.pods(), nodeName),
      rules,
    )
  }

  #verifyLater(): void {
    const { table, onError } = this.#options
    this.#timers.after(verifyMs, async () => {
      try {
        if (!(await table.verify())) this.#want()
      } catch (error) {
        onError(error as Error)
      }
      this.#verifyLater()
    })
  }
}
