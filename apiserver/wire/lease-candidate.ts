/**
 * For tests: leader election as Go's client does it, over the published client. It never looks at a clock: whoever
 * tests it says what time it is.
 */

import {
  ApiException,
  CoordinationV1Api,
  type KubeConfig,
  type V1Lease,
  V1MicroTime,
} from '@kubernetes/client-node'

const namespace = 'default'

export class LeaseCandidate {
  readonly #api: CoordinationV1Api
  readonly #identity: string
  readonly #name: string
  readonly #seconds: number
  #lease: V1Lease | undefined
  /** When the lease was last seen to change, by this candidate's own clock. */
  #seenAt = 0

  constructor(config: KubeConfig, name: string, identity: string, seconds = 15) {
    this.#api = config.makeApiClient(CoordinationV1Api)
    this.#name = name
    this.#identity = identity
    this.#seconds = seconds
  }

  /** One round: takes the lease when it is free, renews it when it is ours. Resolves to whether we lead. */
  async round(now: number): Promise<boolean> {
    try {
      return await this.#tryAcquireOrRenew(now)
    } catch (error) {
      // Another one was faster: a candidate tries again in its next round.
      if (error instanceof ApiException && error.code === 409) return false
      throw error
    }
  }

  /** Leaves the lease to whoever comes next, at once. */
  async release(now: number): Promise<void> {
    if (!this.#lease || this.#holder !== this.#identity) return
    const { leaseTransitions } = this.#lease.spec ?? {}
    await this.#replace({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: new V1MicroTime(now),
      renewTime: new V1MicroTime(now),
      leaseTransitions,
    })
  }

  get #holder(): string {
    return this.#lease?.spec?.holderIdentity ?? ''
  }

  async #tryAcquireOrRenew(now: number): Promise<boolean> {
    const mine = {
      holderIdentity: this.#identity,
      leaseDurationSeconds: this.#seconds,
      renewTime: new V1MicroTime(now),
    }
    // Whoever leads writes without reading: what it wrote last is what is there.
    if (this.#holder !== this.#identity) await this.#read(now)
    if (!this.#lease) {
      const spec = { ...mine, acquireTime: new V1MicroTime(now), leaseTransitions: 0 }
      const body = { metadata: { name: this.#name }, spec }
      this.#lease = await this.#api.createNamespacedLease({ namespace, body })
      return true
    }
    const { acquireTime, leaseTransitions = 0, leaseDurationSeconds = 0 } = this.#lease.spec ?? {}
    const leading = this.#holder === this.#identity
    const free = this.#holder === '' || this.#seenAt + leaseDurationSeconds * 1000 <= now
    if (!leading && !free) return false
    await this.#replace({
      ...mine,
      acquireTime: leading ? acquireTime : new V1MicroTime(now),
      leaseTransitions: leading ? leaseTransitions : leaseTransitions + 1,
    })
    return true
  }

  async #read(now: number): Promise<void> {
    const before = this.#lease?.metadata?.resourceVersion
    this.#lease = await this.#api
      .readNamespacedLease({ namespace, name: this.#name })
      .catch((error: unknown) => {
        if (error instanceof ApiException && error.code === 404) return undefined
        throw error
      })
    if (this.#lease?.metadata?.resourceVersion !== before) this.#seenAt = now
  }

  /** At the version that was read: of two that are as fast, one is refused. */
  async #replace(spec: V1Lease['spec']): Promise<void> {
    const body = { ...this.#lease, spec }
    try {
      this.#lease = await this.#api.replaceNamespacedLease({ namespace, name: this.#name, body })
    } catch (error) {
      // Not known any more: read before the next round.
      this.#lease = undefined
      throw error
    }
  }
}
