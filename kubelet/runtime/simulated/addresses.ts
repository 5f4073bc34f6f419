/** Addresses of a simulated node's pods: the lowest free one of its range, which begins after the gateway's. */

import { RuntimeError } from '../runtime.ts'

export interface Addresses {
  take(): string
  giveBack(ip: string): void
}

const toNumber = (ip: string): number =>
  ip.split('.').reduce((number, part) => number * 256 + Number(part), 0)
const toText = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')

/** @param cidr asked at every address: a node learns its range late, and keeps it */
export function addresses(cidr: () => string): Addresses {
  const taken = new Set<string>()
  const freed: string[] = []
  let next = 2
  return {
    take() {
      const [base = '10.244.0.0', bits = '24'] = cidr().split('/')
      const reused = freed.pop()
      if (reused === undefined && next >= 2 ** (32 - Number(bits)) - 1)
        throw new RuntimeError('other', `no address left in ${cidr()}`)
      const ip = reused ?? toText(toNumber(base) + next++)
      taken.add(ip)
      return ip
    },
    giveBack(ip) {
      if (taken.delete(ip)) freed.push(ip)
    },
  }
}
