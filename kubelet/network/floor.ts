/**
 * The ground that a node's network stands on, made before any pod: the bridge with the node's own address, the
 * cluster DNS address, and routes that keep pod and service addresses on this machine even while no rule is loaded.
 * Idempotent; says what it changed, so that whoever brought it up can put everything back.
 */

import { addressAt, parseCidr } from './address.ts'
import { run, setSysctl, sysctl } from './command.ts'

export interface FloorOptions {
  /** `tiphys0`; at most 15 characters. */
  bridge: string
  /** This node's range, a /24: its first address becomes the bridge's. */
  podCidr: string
  /** All nodes' pods. */
  clusterCidr: string
  serviceCidr: string
  /** Where cluster DNS listens; it is put on the bridge as well. */
  clusterDns: string
}

export interface FloorChange {
  sysctl: string
  before: string
}

/** The node's own address inside the cluster: what pods reach the host by. */
export const gatewayOf = (podCidr: string): string => addressAt(parseCidr(podCidr), 1)

/**
 * Makes the bridge, addresses, routes and sysctls where they are missing.
 * @returns the sysctls it had to change, with their values before
 */
export async function ensureFloor(options: FloorOptions): Promise<FloorChange[]> {
  const { bridge, podCidr, clusterCidr, serviceCidr, clusterDns } = options
  const gateway = gatewayOf(podCidr)
  if (!(await linkAddress(bridge))) await run('ip', ['link', 'add', bridge, 'type', 'bridge'])
  // A bridge never told its address takes its lowest port's, which changes as pods come and go, while the others go on
  // sending to the one they know. The bridge plugin would tell it, but not where it finds the gateway address in place.
  await run('ip', ['link', 'set', bridge, 'address', await ownAddress(bridge), 'up'])
  const prefix = parseCidr(podCidr).prefix
  await run('ip', ['address', 'replace', `${gateway}/${prefix}`, 'dev', bridge])
  await run('ip', ['address', 'replace', `${clusterDns}/32`, 'dev', bridge])
  // Output is routed before it is translated: with no route of our own a service address would take the default one
  // and leave the machine whenever the rules are not loaded.
  await run('ip', ['route', 'replace', serviceCidr, 'dev', bridge, 'src', gateway])
  if (clusterCidr !== podCidr) await run('ip', ['route', 'replace', 'unreachable', clusterCidr])
  const wanted: [string, string][] = [
    ['net.ipv4.ip_forward', '1'],
    [`net.ipv4.conf.${bridge}.route_localnet`, '1'],
    ['net.bridge.bridge-nf-call-iptables', '1'],
  ]
  const changes: FloorChange[] = []
  for (const [name, value] of wanted) {
    const before = await sysctl(name)
    if (before === undefined || before === value) continue
    await setSysctl(name, value)
    changes.push({ sysctl: name, before })
  }
  return changes
}

/** Removes links and routes; sysctls are put back by who keeps their values. */
export async function removeFloor(
  options: Pick<FloorOptions, 'bridge' | 'podCidr' | 'clusterCidr'>,
): Promise<void> {
  if (await linkAddress(options.bridge)) await run('ip', ['link', 'delete', options.bridge])
  if (options.clusterCidr !== options.podCidr) {
    const routes = await run('ip', ['route', 'show', 'type', 'unreachable', options.clusterCidr])
    if (routes.trim() !== '')
      await run('ip', ['route', 'delete', 'unreachable', options.clusterCidr])
  }
}

/** Whether frames between pods on the bridge pass the node's rules, which replies of services rely on. */
export async function bridgeIsFiltered(): Promise<boolean> {
  return (await sysctl('net.bridge.bridge-nf-call-iptables')) === '1'
}

/** The hardware address of a link that may not be there. */
async function linkAddress(name: string): Promise<string | undefined> {
  const text = await run('ip', ['-json', 'link', 'show'])
  const links = JSON.parse(text) as { ifname: string; address?: string }[]
  return links.find(({ ifname }) => ifname === name)?.address
}

async function ownAddress(bridge: string): Promise<string> {
  const address = await linkAddress(bridge)
  if (!address) throw new Error(`the bridge ${bridge} has gone while the network was being made`)
  return address
}
