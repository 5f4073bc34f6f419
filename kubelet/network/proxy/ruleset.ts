/**
 * The proxy's model as one nftables table: fixed base chains, three verdict maps that dispatch on address, protocol
 * and port in constant time, and a small chain for each service port and endpoint. Pure data; `table.ts` applies it.
 */

import { createHash } from 'node:crypto'
import type { Endpoint, HostPort, ProxyModel, ServicePort } from './model.ts'

export interface RulesetOptions {
  /** The table's name, in family `inet`. */
  table: string
  bridge: string
  clusterCidr: string
  serviceCidr: string
  podCidr: string
  /** Where node ports answer: the node's own address and loopback. */
  nodeAddresses: string[]
  /** Service addresses that this node serves by itself (cluster DNS). */
  localServices: string[]
  /** Translate pods' own traffic to services as well: needed where frames on the bridge pass no rules. */
  masqueradePods: boolean
}

/** Everything that stands in the table, by name, each in nft's own syntax. */
export interface Ruleset {
  sets: Map<string, string>
  chains: Map<string, string[]>
  /** Set or map name -> element key -> verdict (empty for plain sets). */
  elements: Map<string, Map<string, string>>
}

const mark = '0x4000'
const setMark = `meta mark set meta mark or ${mark}`

/** Chain and set names are short and safe whatever services are called. */
const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

export function ruleset(model: ProxyModel, options: RulesetOptions): Ruleset {
  const rules = base(options)
  for (const service of model.services) addService(rules, service, options)
  for (const hostPort of model.hostPorts) addHostPort(rules, hostPort)
  return rules
}

function base(options: RulesetOptions): Ruleset {
  const { bridge, clusterCidr, serviceCidr, podCidr, nodeAddresses } = options
  const port = 'meta l4proto . th dport'
  return {
    sets: new Map([
      ['node-addresses', 'set node-addresses { type ipv4_addr; }'],
      ['closed-ports', 'set closed-ports { type inet_proto . inet_service; }'],
      [
        'service-ports',
        'map service-ports { type ipv4_addr . inet_proto . inet_service : verdict; }',
      ],
      ['host-ports', 'map host-ports { type ipv4_addr . inet_proto . inet_service : verdict; }'],
      ['node-ports', 'map node-ports { type inet_proto . inet_service : verdict; }'],
    ]),
    chains: new Map([
      // A loopback source may reach pods through a node port (route_localnet); nothing may come in that way.
      [
        'guard { type filter hook prerouting priority -300; policy accept; }',
        [`iifname "${bridge}" ip daddr 127.0.0.0/8 drop`],
      ],
      ['prerouting { type nat hook prerouting priority -100; policy accept; }', ['jump dispatch']],
      ['output { type nat hook output priority -100; policy accept; }', ['jump dispatch']],
      [
        'postrouting { type nat hook postrouting priority 100; policy accept; }',
        [
          `meta mark and ${mark} == ${mark} meta mark set meta mark xor ${mark} masquerade`,
          `ip saddr ${podCidr} ip daddr != ${clusterCidr} oifname != { "${bridge}", "lo" } masquerade`,
        ],
      ],
      ['forwarding { type filter hook forward priority 0; policy accept; }', ['jump unknown']],
      ['sending { type filter hook output priority 0; policy accept; }', ['jump unknown']],
      [
        'receiving { type filter hook input priority 0; policy accept; }',
        [`ip daddr @node-addresses ${port} @closed-ports goto refuse`],
      ],
      ['refuse', ['meta l4proto tcp reject with tcp reset', 'reject']],
      // What is still addressed to a service here was translated by no rule: no such service, or no endpoint.
      ['unknown', ['fib daddr type local return', `ip daddr ${serviceCidr} goto refuse`]],
      [
        'dispatch',
        [
          `ip daddr . ${port} vmap @service-ports`,
          `ip daddr . ${port} vmap @host-ports`,
          `ip daddr @node-addresses ${port} vmap @node-ports`,
        ],
      ],
    ]),
    elements: new Map([
      ['node-addresses', new Map(nodeAddresses.map((address) => [address, '']))],
      ['closed-ports', new Map()],
      ['service-ports', new Map()],
      ['host-ports', new Map()],
      ['node-ports', new Map()],
    ]),
  }
}

function addService(rules: Ruleset, service: ServicePort, options: RulesetOptions): void {
  const { id, protocol, address, port, nodePort } = service
  const own = options.localServices.includes(address)
  if (!own && service.clusterEndpoints.length > 0) {
    const chain = `svc-${hash(id)}`
    const marks = [`ip saddr != ${options.clusterCidr} ${setMark}`]
    if (options.masqueradePods) marks.push(`ip saddr ${options.podCidr} ${setMark}`)
    rules.chains.set(chain, [...marks, ...balance(rules, service, service.clusterEndpoints)])
    rules.elements.get('service-ports')?.set(`${address} . ${protocol} . ${port}`, `goto ${chain}`)
  }
  if (nodePort === undefined) return
  const key = `${protocol} . ${nodePort}`
  if (service.nodeEndpoints.length === 0) {
    rules.elements.get('closed-ports')?.set(key, '')
    return
  }
  const chain = `ext-${hash(id)}`
  const marks = service.preserveClient ? [`ip saddr 127.0.0.0/8 ${setMark}`] : [setMark]
  rules.chains.set(chain, [...marks, ...balance(rules, service, service.nodeEndpoints)])
  rules.elements.get('node-ports')?.set(key, `goto ${chain}`)
}

/** The rules that choose an endpoint: the client's last one under affinity, else any with equal chance. */
function balance(rules: Ruleset, service: ServicePort, endpoints: Endpoint[]): string[] {
  const chains = endpoints.map((endpoint) => endpointChain(rules, service, endpoint))
  const affinity =
    service.affinitySeconds > 0 ? chains.map((name) => `ip saddr @aff-${name} goto ${name}`) : []
  if (chains.length === 1) return [`goto ${chains[0]}`]
  const choices = chains.map((name, index) => `${index} : goto ${name}`).join(', ')
  return [...affinity, `numgen random mod ${chains.length} vmap { ${choices} }`]
}

function endpointChain(rules: Ruleset, service: ServicePort, endpoint: Endpoint): string {
  const { address, port } = endpoint
  const name = `ep-${hash(`${service.id} ${address}:${port}`)}`
  if (rules.chains.has(name)) return name
  // A pod that reaches itself through its service must see another address than its own, or it answers itself.
  const chain = [`ip saddr ${address} ${setMark}`]
  if (service.affinitySeconds > 0) {
    rules.sets.set(
      `aff-${name}`,
      `set aff-${name} { type ipv4_addr; flags dynamic,timeout; timeout ${service.affinitySeconds}s; size 65535; }`,
    )
    chain.push(`update @aff-${name} { ip saddr }`)
  }
  chain.push(`meta l4proto ${service.protocol} dnat ip to ${address}:${port}`)
  rules.chains.set(name, chain)
  return name
}

function addHostPort(rules: Ruleset, hostPort: HostPort): void {
  const { protocol, hostIP, port, endpoint } = hostPort
  const name = `host-${hash(hostPort.id)}`
  rules.chains.set(name, [
    `ip saddr 127.0.0.0/8 ${setMark}`,
    `ip saddr ${endpoint.address} ${setMark}`,
    `meta l4proto ${protocol} dnat ip to ${endpoint.address}:${endpoint.port}`,
  ])
  if (hostIP === '') rules.elements.get('node-ports')?.set(`${protocol} . ${port}`, `goto ${name}`)
  else rules.elements.get('host-ports')?.set(`${hostIP} . ${protocol} . ${port}`, `goto ${name}`)
}
