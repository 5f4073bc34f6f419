/**
 * A node's network as one thing to start and stop: the floor (bridge, routes), the CNI configuration, the service
 * proxy and cluster DNS. It follows Services, EndpointSlices and this node's Pods; it never touches pods themselves.
 */

import type * as framework from '../../controllers/framework/index.ts'
import type { Clock } from '../../ports/clock.ts'
import { writeCniConfiguration } from './cni.ts'
import { ClusterDns } from './dns/cluster-dns.ts'
import type { Zone } from './dns/records.ts'
import { type DnsServer, startDns } from './dns/server.ts'
import { nameservers, Upstream } from './dns/upstream.ts'
import { bridgeIsFiltered, ensureFloor, gatewayOf } from './floor.ts'
import { NetworkObjects } from './network-objects.ts'
import type { RulesetOptions } from './proxy/ruleset.ts'
import { ServiceProxy } from './proxy/service-proxy.ts'
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

export async function startNetwork(options: NetworkOptions): Promise<RunningNetwork> {
  const { cluster, informers, clock, nodeName, bridge, nftTable, podCidr, onError } = options
  await ensureFloor(options)
  await writeCniConfiguration({ directory: options.cniConfDir, name: nftTable, bridge, podCidr })
  const objects = new NetworkObjects(informers, nodeName)
  const proxy = new ServiceProxy({
    objects,
    table: new Table(nftTable),
    nodeName,
    rules: rulesetOptions(options, !(await bridgeIsFiltered())),
    clock,
    onError,
  })
  const dns = new ClusterDns({
    cluster,
    clock,
    objects,
    address: options.clusterDns,
    domain: options.clusterDomain,
    listen: (zone) => listen(options, zone),
    onError,
  })
  return follow(objects, proxy, dns)
}

/** Both begin when everything is known, and stop together. */
function follow(objects: NetworkObjects, proxy: ServiceProxy, dns: ClusterDns): RunningNetwork {
  const stopping = new AbortController()
  proxy.start()
  dns.start()
  objects.whenSynced(stopping.signal).then(
    async () => {
      proxy.begin()
      await dns.begin()
    },
    () => {}, // stopped before
  )
  return {
    problems: () => [proxy.problem, dns.problem].filter((problem) => problem !== ''),
    async stop() {
      stopping.abort(new Error('the network stops'))
      proxy.stop()
      await dns.stop()
    },
  }
}

function rulesetOptions(options: NetworkOptions, masqueradePods: boolean): RulesetOptions {
  const { nftTable, bridge, clusterCidr, serviceCidr, podCidr, clusterDns, nodeAddress } = options
  return {
    table: nftTable,
    bridge,
    clusterCidr,
    serviceCidr,
    podCidr,
    nodeAddresses: [...new Set([nodeAddress, gatewayOf(podCidr), '127.0.0.1'])],
    localServices: [clusterDns],
    masqueradePods,
  }
}

async function listen(options: NetworkOptions, zone: () => Zone): Promise<DnsServer> {
  const { clusterDns, clusterDomain, clock } = options
  const upstream = new Upstream(await nameservers('/etc/resolv.conf', [clusterDns]), clock)
  return startDns(clusterDns, 53, {
    zone,
    domain: clusterDomain,
    forward: (query, transport) => upstream.forward(query, transport),
  })
}
