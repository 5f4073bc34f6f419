/**
 * The one form in which a quantity is stored: `0.5` is `500m`, `1024Mi` is `1Gi`, the number `2` is `"2"`. Clients in
 * Go write quantities so, whatever they read; with another form in the store each of their writes would be a change.
 */

import { parseQuantity } from '../../api/quantity.ts'

const one = 1_000_000_000n
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']

/** The quantity in its stored form; anything that is not a quantity as it is, for validation to refuse. */
export function canonicalQuantity<T>(quantity: T): T | string {
  if (typeof quantity !== 'string' && typeof quantity !== 'number') return quantity
  const nano = parseQuantity(quantity)
  if (nano === undefined) return quantity
  const text = String(quantity)
  const size = nano < 0n ? -nano : nano
  if (/i$/.test(text) && size >= 1024n * one && nano % one === 0n) return binary(nano / one)
  const exponent = /[eE][+-]?\d+$/.test(text)
  return decimal(nano, exponent)
}

/** A list of resources with each quantity in its stored form, rounded up to thousandths. Changes the list. */
export function canonicalizeResources(resources: Record<string, unknown> | undefined): void {
  for (const [name, quantity] of Object.entries(resources ?? {}))
    if (resources) resources[name] = canonicalQuantity(inMillis(quantity))
}

function inMillis(quantity: unknown): unknown {
  if (typeof quantity !== 'string' && typeof quantity !== 'number') return quantity
  const nano = parseQuantity(quantity)
  if (nano === undefined || nano % 1_000_000n === 0n) return quantity
  const milli = nano / 1_000_000n + (nano > 0n ? 1n : 0n)
  return `${milli}m`
}

function binary(value: bigint): string {
  let left = value
  let power = 0
  while (left !== 0n && left % 1024n === 0n && power < binarySuffixes.length - 1) {
    left /= 1024n
    power++
  }
  return `${left}${binarySuffixes[power]}`
}

function decimal(nano: bigint, exponent: boolean): string {
  let left = nano
  let power = 0
  if (left === 0n) return '0'
  while (left % 1000n === 0n && power < decimalSuffixes.length - 1) {
    left /= 1000n
    power++
  }
  if (!exponent) return `${left}${decimalSuffixes[power]}`
  return power === 3 ? `${left}` : `${left}e${(power - 3) * 3}`
}
