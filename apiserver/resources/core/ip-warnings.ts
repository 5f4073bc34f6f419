/** Addresses and ranges that are taken as they are, though they could be written better. */

import { isIP } from 'node:net'
import { canonical, hasBitsBeyond, networkOf } from './ip-text.ts'
import type { Warnings } from './node-label-warnings.ts'

export function* ipWarnings(address: string, field: string): Warnings {
  if (isIP(address) === 6 && canonical(address) !== address)
    yield `${field}: IPv6 address "${address}" should be in RFC 5952 canonical format ("${canonical(address)}")`
}

export function* cidrWarnings(cidr: string, field: string): Warnings {
  const [address = '', bits = ''] = cidr.split('/')
  const family = isIP(address)
  if (family === 0) return
  if (hasBitsBeyond(address, Number(bits))) {
    const whole = `${networkOf(address, Number(bits))}/${Number(bits)}`
    const single = `${canonical(address)}/${family === 4 ? 32 : 128}`
    yield `${field}: CIDR value "${cidr}" is ambiguous in this context (should be "${whole}" or "${single}"?)`
  } else if (family === 6 && canonical(address) !== address)
    yield `${field}: IPv6 CIDR value "${cidr}" should be in RFC 5952 canonical format ("${canonical(address)}/${bits}")`
}
