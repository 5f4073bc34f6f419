/**
 * A node's network as one thing to start and stop: the floor (bridge, routes), the CNI configuration, the service
 * proxy and cluster DNS. It follows Services, EndpointSlices and this node's Pods; it never touches pods themselves.
 */

import { merge, type Subscription } from 'rxjs'
import type { EndpointSlice, Service } from '../../api/types.ts'
import * as framework from '../../controllers/framework/index.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import { writeCniConfiguration } from './cni.ts'
import { Zone } from './dns/records.ts'
import { type DnsServer, startDns } from './dns/server.ts'
import { nameservers, Upstream } from './dns/upstream.ts'
import { bridgeIsFiltered, ensureFloor, gatewayOf } from './floor.ts'
import { proxyModel } from './proxy/model.ts'
import { ruleset } from './proxy/ruleset.ts'
import { Table } from './proxy/table.ts'

export interface NetworkOptions {
  cluster: framework.Cluster
  informers: framework.Informers
  clock: Clock
  nodeName: string
  /** The node's own address, where node ports answer; the bridge's address always does. */
  nodeAddress: string
  bridge: string
  nftTable: string
  /** This node's range. */
  podCidr: string
  clusterCidr: string
  serviceCidr: string
  clusterDns: string
  clusterDomain: string
  cniConfDir: string
  /** Told of what goes wrong while it runs; it is tried again by itself. */
  onError(error: Error): void
}

export interface RunningNetwork {
  /** Why pods cannot be started or reached now; empty when all is well. */
  problems(): string[]
  /** Leaves links and rules as they are, for the pods that go on running. */
  stop(): Promise<void>
}

/** Between two rebuilds of rules or names, so that a storm of changes costs a bounded share. */
const pauseMs = 10
const retryMs = 1000
const verifyMs = 30_000

export async function startNetwork(options: NetworkOptions): Promise<RunningNetwork> {
  await ensureFloor(options)
  await writeCniConfiguration({
    directory: options.cniConfDir,
    name: options.nftTable,
    bridge: options.bridge,
    podCidr: options.podCidr,
  })
  const network = new Network(options)
  await network.start()
  return network
}

class Network implements RunningNetwork {
  readonly #options: NetworkOptions
  readonly #table: Table
  readonly #services: framework.Informer<Service>
  readonly #slices: framework.Informer<EndpointSlice>
  readonly #pods
  readonly #abort = new AbortController()
  readonly #subscriptions: Subscription[] = []
  #timers: Cancel[] = []
  #masqueradePods = false
  #rulesWanted = 0
  #rulesApplied = 0
  #applying = false
  #rulesProblem = 'the service proxy has not applied its rules yet'
  #dns: DnsServer | undefined
  #dnsProblem = 'cluster DNS has not started yet'
  #zone: Zone
  #zoneOf = -1
  #zoneAt = Number.NEGATIVE_INFINITY

  constructor(options: NetworkOptions) {
    const { informers, nodeName } = options
    this.#options = options
    this.#table = new Table(options.nftTable)
    this.#services = informers.of(framework.Service)
    this.#slices = informers.of(framework.EndpointSlice)
    this.#pods = informers.of(framework.Pod, { fieldSelector: `spec.nodeName=${nodeName}` })
    this.#zone = new Zone(options.clusterDomain, [], [])
  }

  async start(): Promise<void> {
    this.#masqueradePods = !(await bridgeIsFiltered())
    const changes = merge(this.#services.changes$, this.#slices.changes$, this.#pods.changes$)
    this.#subscriptions.push(
      changes.subscribe(() => {
        this.#rulesWanted++
        this.#schedule(0)
      }),
    )
    void this.#whenSynced()
  }

  problems(): string[] {
    return [this.#rulesProblem, this.#dnsProblem].filter((problem) => problem !== '')
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('the network stops'))
    for (const cancel of this.#timers) cancel()
    this.#timers = []
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    await this.#dns?.close()
    this.#dns = undefined
  }

  get #synced(): boolean {
    return this.#services.synced && this.#slices.synced && this.#pods.synced
  }

  /** Rules of an earlier run stay in force until everything is known again: half a picture would cut services off. */
  async #whenSynced(): Promise<void> {
    const { signal } = this.#abort
    try {
      await Promise.all(
        [this.#services, this.#slices, this.#pods].map((informer) => informer.whenSynced(signal)),
      )
    } catch {
      return // stopped before
    }
    this.#rulesWanted++
    this.#schedule(0)
    this.#verifyLater()
    await this.#startDns()
    await this.#publishDns()
  }

  #after(ms: number, task: () => void): void {
    if (this.#abort.signal.aborted) return
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers = this.#timers.filter((other) => other !== cancel)
      task()
    })
    this.#timers.push(cancel)
  }

  #schedule(ms: number): void {
    if (this.#applying || !this.#synced) return
    this.#applying = true
    this.#after(ms, () => void this.#apply())
  }

  async #apply(): Promise<void> {
    const wanted = this.#rulesWanted
    let pause = pauseMs
    try {
      await this.#table.apply(this.#rules())
      this.#rulesApplied = wanted
      this.#rulesProblem = ''
    } catch (error) {
      this.#rulesProblem = `the service proxy cannot apply its rules: ${(error as Error).message}`
      this.#options.onError(error as Error)
      pause = retryMs
    }
    this.#after(pause, () => {
      this.#applying = false
      if (this.#rulesApplied !== this.#rulesWanted) this.#schedule(0)
    })
  }

  #rules() {
    const { nodeName, nodeAddress, podCidr, clusterDns } = this.#options
    const model = proxyModel(
      this.#services.reader.list(),
      this.#slices.reader.list(),
      this.#pods.reader.list(),
      nodeName,
    )
    return ruleset(model, {
      ...this.#options,
      table: this.#options.nftTable,
      nodeAddresses: [...new Set([nodeAddress, gatewayOf(podCidr), '127.0.0.1'])],
      localServices: [clusterDns],
      masqueradePods: this.#masqueradePods,
    })
  }

  #verifyLater(): void {
    this.#after(verifyMs, async () => {
      try {
        if (!(await this.#table.verify())) {
          this.#rulesWanted++
          this.#schedule(0)
        }
      } catch (error) {
        this.#options.onError(error as Error)
      }
      this.#verifyLater()
    })
  }

  /** The names as of now, or of a moment ago while changes pour in. */
  #currentZone(): Zone {
    const now = this.#options.clock.monotonic()
    if (this.#zoneOf !== this.#rulesWanted && now - this.#zoneAt >= pauseMs) {
      const { clusterDomain } = this.#options
      this.#zone = new Zone(clusterDomain, this.#services.reader.list(), this.#slices.reader.list())
      this.#zoneOf = this.#rulesWanted
      this.#zoneAt = now
    }
    return this.#zone
  }

  async #startDns(): Promise<void> {
    const { clusterDns, clusterDomain, clock } = this.#options
    try {
      const upstream = new Upstream(await nameservers('/etc/resolv.conf', [clusterDns]), clock)
      this.#dns = await startDns(clusterDns, 53, {
        zone: () => this.#currentZone(),
        domain: clusterDomain,
        forward: (query, transport) => upstream.forward(query, transport),
      })
      this.#dnsProblem = ''
    } catch (error) {
      this.#dnsProblem = `cluster DNS cannot listen on ${clusterDns}:53: ${(error as Error).message}`
      this.#options.onError(error as Error)
      this.#after(retryMs, () => void this.#startDns())
    }
  }

  /** The Service `kube-dns`, for everybody who looks for cluster DNS where it usually is. Each node serves its own pods. */
  async #publishDns(): Promise<void> {
    const { cluster, clusterDns } = this.#options
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
    ]
    const ref = { namespace: 'kube-system', name: 'kube-dns' }
    try {
      // Creating it once more would be refused for its address, which is taken: by itself.
      if (await cluster.get(framework.Service, ref)) return
      await cluster.create(framework.Service, {
        metadata: {
          ...ref,
          labels: {
            'k8s-app': 'kube-dns',
            'kubernetes.io/cluster-service': 'true',
            'kubernetes.io/name': 'CoreDNS',
          },
        },
        spec: { clusterIP: clusterDns, internalTrafficPolicy: 'Local', ports },
      })
    } catch (error) {
      if (framework.isAlreadyExists(error) || this.#abort.signal.aborted) return
      this.#options.onError(error as Error)
      this.#after(retryMs, () => void this.#publishDns())
    }
  }
}
