/** Amounts of resources in the form in which they are stored; fractions below a thousandth round up. */

import { parseQuantity } from '../../api/quantity.ts'
import { canonicalQuantity as canonical } from '../schema/scalars.ts'

/** The quantity in its stored form; anything that is not a quantity as it is, for validation to refuse. */
export function canonicalQuantity<T>(quantity: T): T | string {
  if (typeof quantity !== 'string' && typeof quantity !== 'number') return quantity
  return canonical(String(quantity)) ?? quantity
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
