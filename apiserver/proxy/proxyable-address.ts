/** Which addresses proxies lead to: this machine's own services and those of its link are not the cluster's to reach. */

import { BlockList, isIP } from 'node:net'
import { StatusError } from '../http/status.ts'

// A list of both families would compare an IPv4 address with the mapped ones of IPv6 as well.
const forbidden4 = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  forbidden4.addSubnet(network, prefix, 'ipv4')

const forbidden6 = new BlockList()
for (const [network, prefix] of [
  ['::', 127],
  // Addresses of the other family, loopback among them.
  ['::ffff:0:0', 96],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  forbidden6.addSubnet(network, prefix, 'ipv6')

/** Names are not: who knows where they lead. */
export function proxyable(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !forbidden4.check(address, 'ipv4')
    case 6:
      return !forbidden6.check(address, 'ipv6')
    default:
      return false
  }
}

/** @throws StatusError 400 */
export function checkProxyable(address: string): void {
  if (!proxyable(address)) throw new StatusError(400, 'BadRequest', 'address not allowed')
}
