/**
 * What a pod asks for and may use at most, over all its containers: those that run together add up, those that run
 * one after the other (init containers) count by the greatest, and what the pod says itself stands above both.
 */

import { parseQuantity } from './quantity.ts'
import type { Container, PodSpec } from './types.ts'

/** Nano-units by resource. */
export type Amounts = Map<string, bigint>

type Side = 'requests' | 'limits'
type Quantities = Record<string, string> | undefined

export function amountsOf(quantities: Quantities): Amounts {
  const amounts: Amounts = new Map()
  for (const [name, quantity] of Object.entries(quantities ?? {}))
    amounts.set(name, parseQuantity(quantity) ?? 0n)
  return amounts
}

export function addAmounts(to: Amounts, more: Amounts): void {
  for (const [name, amount] of more) to.set(name, (to.get(name) ?? 0n) + amount)
}

function raise(to: Amounts, by: Amounts): void {
  for (const [name, amount] of by) if (amount > (to.get(name) ?? -1n)) to.set(name, amount)
}

const staysUp = ({ restartPolicy }: Container) => restartPolicy === 'Always'

/** @param side `limits` count overhead only for resources that containers limit */
export function podAmounts(spec: PodSpec, side: Side): Amounts {
  const total: Amounts = new Map()
  for (const { resources } of spec.containers) addAmounts(total, amountsOf(resources?.[side]))
  const alongside: Amounts = new Map()
  const atStart: Amounts = new Map()
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container.resources?.[side])
    if (staysUp(container)) {
      addAmounts(total, own)
      addAmounts(alongside, own)
      raise(atStart, alongside)
    } else {
      addAmounts(own, alongside)
      raise(atStart, own)
    }
  }
  raise(total, atStart)
  for (const [name, amount] of amountsOf(spec.resources?.[side])) total.set(name, amount)
  for (const [name, amount] of amountsOf(spec.overhead))
    if (side === 'requests' || total.has(name)) total.set(name, (total.get(name) ?? 0n) + amount)
  return total
}
