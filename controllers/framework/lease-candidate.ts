/**
 * Takes, renews and gives back a Lease, one request at a time. When to try, and what follows from having it or not, is
 * decided elsewhere.
 */

import type { Lease as LeaseObject } from '../../api/types.ts'
import { type Clock, microTime } from '../../ports/clock.ts'
import type { Cluster } from './cluster.ts'
import { Lease } from './kinds.ts'

/** Why a manager ends that may not write any more: start anew. */
export class LeadershipLost extends Error {
  override name = 'LeadershipLost'
}

export interface CandidateOptions {
  cluster: Cluster
  clock: Clock
  namespace: string
  name: string
  identity: string
  leaseDuration?: number
}

/** What was last seen of the lease, and when: other machines' clocks are not trusted. */
interface Observed {
  lease: LeaseObject
  at: number
}

/** One process' claim to one lease. */
export class LeaseCandidate {
  readonly #options: CandidateOptions
  readonly #leaseDuration: number
  #observed: Observed | undefined
  /** Why the last try failed. */
  error: unknown

  constructor(options: CandidateOptions) {
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
