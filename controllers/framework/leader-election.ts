/**
 * Lets one of several processes lead, by a Lease. The leader's right to write ends by its own clock, before the lease
 * does: a process that was stopped for a while finds itself fenced whether or not its timers have run.
 */

import { type Clock, sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Cluster } from './cluster.ts'
import { LeadershipLost, LeaseCandidate } from './lease-candidate.ts'

export { LeadershipLost } from './lease-candidate.ts'

/** Which Lease, and for how long. */
export interface LeaderElectionOptions {
  namespace: string
  name: string
  /** Unique to this process. */
  identity: string
  /** Milliseconds: how long a lease holds (15,000), when the holder gives up (10,000), how often it renews (2,000). */
  leaseDuration?: number
  renewDeadline?: number
  retryPeriod?: number
}

/** The right to write, for as long as it lasts. */
export interface Leadership {
  /** Aborts with `LeadershipLost` when the lease could not be renewed in time or somebody else holds it. */
  readonly signal: AbortSignal
  /** Throws `LeadershipLost` when the right to write has ended, even if `signal` has not heard of it yet. */
  fence(): void
  /** Gives the lease up at once, so that another may lead. */
  release(): Promise<void>
}

/** What is needed to stand for election. */
export interface ElectionOptions extends LeaderElectionOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** Aborts to stop trying. */
  signal: AbortSignal
}

/**
 * Resolves when this process leads; rejects when `signal` aborts first. Errors of the cluster are tried again.
 *
 *     const leadership = await elect({ cluster, clock, random, signal, namespace: 'site', name: 'site', identity })
 *     leadership.fence()
 *     await leadership.release()
 */
export async function elect(options: ElectionOptions): Promise<Leadership> {
  const { clock, random, signal, retryPeriod = 2_000 } = options
  refuseImpossible(options)
  const candidate = new LeaseCandidate(options)
  for (;;) {
    signal.throwIfAborted()
    const began = clock.monotonic()
    if (await candidate.tryToHold()) {
      if (!signal.aborted) return new Held(options, candidate, began)
      // It was stopped while the lease came: nobody else is to wait for it.
      await candidate.release()
      throw signal.reason
    }
    await sleep(clock, retryPeriod * (1 + random.next() * 0.2), signal)
  }
}

/** Whoever renews too late for its own deadline, or gives up after the lease has ended, would lead beside another. */
function refuseImpossible(options: ElectionOptions): void {
  const { leaseDuration = 15_000, renewDeadline = 10_000, retryPeriod = 2_000 } = options
  if (leaseDuration > renewDeadline && renewDeadline > retryPeriod * 1.2) return
  throw new Error(
    `leader election needs leaseDuration (${leaseDuration}) > renewDeadline (${renewDeadline}) > 1.2 * retryPeriod (${retryPeriod})`,
  )
}

class Held implements Leadership {
  readonly #options: ElectionOptions
  readonly #candidate: LeaseCandidate
  readonly #lost = new AbortController()
  readonly #released = new AbortController()
  readonly #whenLost: Promise<void>
  readonly #renewing: Promise<void>
  /** When the last successful renewal began: the lease is held from then on at the latest. */
  #renewedAt: number

  constructor(options: ElectionOptions, candidate: LeaseCandidate, began: number) {
    this.#options = options
    this.#candidate = candidate
    this.#renewedAt = began
    this.#whenLost = new Promise((resolve) => {
      this.#lost.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.#renewing = this.#renew()
  }

  get signal(): AbortSignal {
    return this.#lost.signal
  }

  fence(): void {
    this.#lost.signal.throwIfAborted()
    if (this.#options.clock.monotonic() >= this.#deadline()) {
      this.#lose()
      this.#lost.signal.throwIfAborted()
    }
  }

  async release(): Promise<void> {
    this.#released.abort(new Error('the lease was released'))
    // A request that nobody answers keeps only those waiting who may still lead.
    await Promise.race([this.#renewing, this.#whenLost])
    if (!this.#lost.signal.aborted) await this.#candidate.release()
  }

  #deadline(): number {
    return this.#renewedAt + (this.#options.renewDeadline ?? 10_000)
  }

  #lose(): void {
    const { namespace, name } = this.#options
    this.#lost.abort(
      new LeadershipLost(`the lease ${namespace}/${name} was not renewed in time`, {
        cause: this.#candidate.error,
      }),
    )
  }

  async #renew(): Promise<void> {
    const { clock, retryPeriod = 2_000, identity } = this.#options
    const over = AbortSignal.any([this.#released.signal, this.#lost.signal])
    const pause = (ms: number) => sleep(clock, ms, over).catch(() => {})
    await pause(retryPeriod)
    while (!over.aborted) {
      const began = clock.monotonic()
      const cancelDeadline = clock.after(this.#deadline() - began, () => this.#lose())
      const held = await this.#candidate.tryToHold()
      cancelDeadline()
      if (over.aborted) return
      if (held) this.#renewedAt = began
      else if (this.#candidate.holder !== identity || clock.monotonic() >= this.#deadline()) {
        this.#lose()
        return
      }
      await pause(Math.min(retryPeriod, this.#deadline() - clock.monotonic()))
    }
  }
}
