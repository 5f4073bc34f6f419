/** Randomness and identifiers as values that are handed in; tests pass a seed. */

import { randomUUID } from 'node:crypto'

export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** A version 4 UUID. */
  uuid(): string
}

/** The machine's own chance. */
export const systemRandom: Random = { next: Math.random, uuid: randomUUID }

/** The same sequence for the same seed (mulberry32). Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const hex = (digits: number) => {
    let text = ''
    while (text.length < digits) text += '0123456789abcdef'[Math.floor(next() * 16)]
    return text
  }
  return {
    next,
    uuid: () =>
      `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[Math.floor(next() * 4)]}${hex(3)}-${hex(12)}`,
  }
}

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** What Kubernetes appends to a `generateName`: letters and digits that spell no words. */
export function nameSuffix(random: Random, length = 5): string {
  let suffix = ''
  while (suffix.length < length)
    suffix += suffixAlphabet[Math.floor(random.next() * suffixAlphabet.length)]
  return suffix
}
