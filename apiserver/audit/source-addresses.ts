/** Where a request says that it comes from, and where it does: only the last address is nobody's invention. */

import { isIP } from 'node:net'
import type { Exchange } from '../http/exchange.ts'

/** Of proxies that forward for somebody; more are not told. */
const mostForwarded = 32

export function sourceAddresses(exchange: Pick<Exchange, 'header' | 'socket'>): string[] {
  const forwarded = (exchange.header('x-forwarded-for') ?? '').split(',', mostForwarded)
  const addresses = forwarded.map((text) => text.trim()).filter(isAddress)
  const real = exchange.header('x-real-ip')?.trim() ?? ''
  if (isAddress(real) && !addresses.includes(real)) addresses.push(real)
  const remote = (exchange.socket?.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')
  if (isAddress(remote) && addresses.at(-1) !== remote) addresses.push(remote)
  return addresses
}

const isAddress = (text: string): boolean => isIP(text) !== 0
