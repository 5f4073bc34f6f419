/**
 * Lets one of several processes lead, by a Lease. The leader's right to write ends by its own clock, before the lease
 * does: a process that was stopped for a while finds itself fenced whether or not its timers have run.
 */

import type { Lease as LeaseObject } from '../../api/types.ts'
import { type Clock, microTime, sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Cluster } from './cluster.ts'
import { Lease } from './kinds.ts'

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

/** Why a manager ends that may not write any more: start anew. */
export class LeadershipLost extends Error {
  override name = 'LeadershipLost'
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

/** What was last seen of the lease, and when: other machines' clocks are not trusted. */
interface Observed {
  lease: LeaseObject
  at: number
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
  const candidate = new Candidate(options)
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

class Candidate {
  readonly #options: ElectionOptions
  readonly #leaseDuration: number
  #observed: Observed | undefined
  /** Why the last try failed. */
  error: unknown

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#leaseDuration = options.leaseDuration ?? 15_000
  }

  /** Takes or renews the lease. False when another holds it or the cluster did not answer. */
  async tryToHold(): Promise<boolean> {
    const { cluster, namespace, name } = this.#options
    try {
      const lease = await cluster.get(Lease, { namespace, name })
      if (!lease) this.#observe(await cluster.create(Lease, this.#renewed(undefined)))
      else {
        this.#observe(lease)
        if (this.#heldByAnother(lease)) {
          this.error = new LeadershipLost(
            `the lease ${namespace}/${name} is held by ${lease.spec?.holderIdentity}`,
          )
          return false
        }
        this.#observe(await cluster.update(Lease, this.#renewed(lease)))
      }
      return true
    } catch (error) {
      // Somebody else was faster, or nobody answered: it looks again next time.
      this.error = error
      return false
    }
  }

  async release(): Promise<void> {
    const lease = this.#observed?.lease
    const { cluster, clock, identity } = this.#options
    if (lease?.spec?.holderIdentity !== identity) return
    const now = microTime(clock.now())
    const spec = {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: now,
      acquireTime: now,
    }
    await cluster.update(Lease, { ...lease, spec })
  }

  get holder(): string | undefined {
    return this.#observed?.lease.spec?.holderIdentity
  }

  #observe(lease: LeaseObject): void {
    if (this.#observed?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return
    this.#observed = { lease, at: this.#options.clock.monotonic() }
  }

  #heldByAnother({ spec }: LeaseObject): boolean {
    const { clock, identity } = this.#options
    if (!spec?.holderIdentity || spec.holderIdentity === identity) return false
    const duration = (spec.leaseDurationSeconds ?? this.#leaseDuration / 1000) * 1000
    return clock.monotonic() < this.#observed!.at + duration
  }

  #renewed(lease: LeaseObject | undefined): LeaseObject {
    const { clock, identity, namespace, name } = this.#options
    const now = microTime(clock.now())
    const mine = lease?.spec?.holderIdentity === identity
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease?.metadata ?? { namespace, name },
      spec: {
        ...lease?.spec,
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(this.#leaseDuration / 1000),
        acquireTime: mine ? lease?.spec?.acquireTime : now,
        renewTime: now,
        leaseTransitions: (lease?.spec?.leaseTransitions ?? (lease ? 0 : -1)) + (mine ? 0 : 1),
      },
    }
  }
}

class Held implements Leadership {
  readonly #options: ElectionOptions
  readonly #candidate: Candidate
  readonly #lost = new AbortController()
  readonly #released = new AbortController()
  readonly #whenLost: Promise<void>
  readonly #renewing: Promise<void>
  /** When the last successful renewal began: the lease is held from then on at the latest. */
  #renewedAt: number

  constructor(options: ElectionOptions, candidate: Candidate, began: number) {
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
