/**
 * Cluster DNS on a node: listens as soon as the address is there, answers from the Services of the moment, and makes it
 * known as the Service `kube-dns`. Each node serves its own pods.
 */

import type { Subscription } from 'rxjs'
import { type Cluster, isAlreadyExists, Service } from '../../../controllers/framework/index.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { NetworkObjects } from '../network-objects.ts'
import { Timers } from '../timers.ts'
import { Zone } from './records.ts'
import type { DnsServer } from './server.ts'

export interface ClusterDnsOptions {
  cluster: Cluster
  clock: Clock
  objects: Pick<NetworkObjects, 'changes' | 'services' | 'slices'>
  /** Where it listens, and what the Service is called by. */
  address: string
  domain: string
  /** Serves the names of `zone()`; rejects when it cannot listen. */
  listen(zone: () => Zone): Promise<DnsServer>
  onError(error: Error): void
}

/** Names are built anew at most so often, so that a storm of changes costs a bounded share. */
const pauseMs = 10
const retryMs = 1000

export class ClusterDns {
  readonly #options: ClusterDnsOptions
  readonly #timers: Timers
  #subscription: Subscription | undefined
  #server: DnsServer | undefined
  #stopped = false
  #problem = 'cluster DNS has not started yet'
  #changed = true
  #zone: Zone
  #zoneAt = Number.NEGATIVE_INFINITY

  constructor(options: ClusterDnsOptions) {
    this.#options = options
    this.#timers = new Timers(options.clock)
    this.#zone = new Zone(options.domain, [], [])
  }

  /** Why names cannot be resolved now; empty when all is well. */
  get problem(): string {
    return this.#problem
  }

  start(): void {
    this.#subscription = this.#options.objects.changes.subscribe(() => {
      this.#changed = true
    })
  }

  /** Everything is known now: a name that is not found does not exist. */
  async begin(): Promise<void> {
    await this.#listen()
    await this.#publish()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#subscription?.unsubscribe()
    this.#timers.stop()
    await this.#server?.close()
    this.#server = undefined
  }

  /** The names as of now, or of a moment ago while changes pour in. */
  #currentZone(): Zone {
    const { clock, domain, objects } = this.#options
    const now = clock.monotonic()
    if (this.#changed && now - this.#zoneAt >= pauseMs) {
      this.#changed = false
      this.#zone = new Zone(domain, objects.services(), objects.slices())
      this.#zoneAt = now
    }
    return this.#zone
  }

  async #listen(): Promise<void> {
    const { listen, address, onError } = this.#options
    try {
      const server = await listen(() => this.#currentZone())
      if (this.#stopped) {
        await server.close()
        return
      }
      this.#server = server
      this.#problem = ''
    } catch (error) {
      this.#problem = `cluster DNS cannot listen on ${address}:53: ${(error as Error).message}`
      onError(error as Error)
      this.#timers.after(retryMs, () => void this.#listen())
    }
  }

  /** For everybody who looks for cluster DNS where it usually is. */
  async #publish(): Promise<void> {
    const { cluster, address, onError } = this.#options
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
    ]
    const ref = { namespace: 'kube-system', name: 'kube-dns' }
    const labels = {
      'k8s-app': 'kube-dns',
      'kubernetes.io/cluster-service': 'true',
      'kubernetes.io/name': 'KubeDNS',
    }
    try {
      // Creating it once more would be refused for its address, which is taken: by itself.
      if (await cluster.get(Service, ref)) return
      await cluster.create(Service, {
        metadata: { ...ref, labels },
        spec: { clusterIP: address, internalTrafficPolicy: 'Local', ports },
      })
    } catch (error) {
      if (isAlreadyExists(error) || this.#stopped) return
      onError(error as Error)
      this.#timers.after(retryMs, () => void this.#publish())
    }
  }
}
