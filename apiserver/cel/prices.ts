/**
 * What calls cost: for each shape of work (walking a text, comparing, matching a pattern) the actual price of a call and
 * the range that it is estimated at, side by side, because rules are admitted by the one and run by the other.
 */

import type { CostEstimate, Range, SizeEstimate } from './cost.ts'
import * as cost from './cost.ts'
import type { Type } from './types.ts'
import { CelList, CelMap, sizeOf, type Value } from './values.ts'

/** An argument as an estimate knows it. */
export interface Sized {
  type: Type
  size: SizeEstimate
  /** Of what a list holds; `undefined` for what is no list. */
  item?: { type: Type; size: SizeEstimate }
  /** The number, where it is written out. */
  number?: number
}

export interface Price {
  /** `result` is there only where `afterwards` is set. */
  actual(args: readonly Value[], result: Value): number
  /** The price is that of the result. */
  afterwards?: boolean
  estimate(args: readonly Sized[]): { cost: CostEstimate; size?: SizeEstimate }
}

const { stringTraversal: character } = cost

/** A price that is always the same. */
export const always = (units: number): Price => ({
  actual: () => units,
  estimate: () => ({ cost: cost.fixed(units) }),
})
export const one = always(1)

const sized = (args: readonly Sized[], at: number): Range => args[at]?.size ?? cost.unknownSize
const actualSize = (args: readonly Value[], at: number) => sizeOf(args[at] ?? null)

type ResultSize = (args: readonly Sized[]) => SizeEstimate

/** Walks one argument, `factor` units a character; the result is as large as `size` says. */
export const walk = (at: number, times = 1, size?: ResultSize): Price => ({
  actual: (args) => Math.ceil(actualSize(args, at) * times * character),
  estimate: (args) => ({
    cost: cost.scale(sized(args, at), times * character),
    ...(size && { size: size(args) }),
  }),
})

export const sameSize: ResultSize = (args) => sized(args, 0)

/** Walks as much as the smaller of two has. */
export const comparison: Price = {
  actual: (args) => Math.ceil(Math.min(actualSize(args, 0), actualSize(args, 1)) * character),
  estimate: (args) => {
    const [one, other] = args
    if (one?.type.kind === 'opaque' && other?.type.kind === 'opaque') return equalOpaques(other)
    const max = Math.min(sized(args, 0).max, sized(args, 1).max)
    return { cost: cost.scale({ min: max > 0 ? 1 : 0, max }, character) }
  },
}

/** A step, except for URLs, which may be as long as what they are read from. */
function equalOpaques({ type, size }: Sized): { cost: CostEstimate } {
  const isUrl = type.kind === 'opaque' && type.name === 'kubernetes.URL'
  const max = isUrl && size.max < cost.unbounded ? size.max : 1
  return { cost: cost.scale({ min: 1, max }, character) }
}

/** Copies both. */
export const concatenation: Price = {
  actual: (args) => Math.ceil((actualSize(args, 0) + actualSize(args, 1)) * character),
  estimate: (args) => {
    const size = cost.add(sized(args, 0), sized(args, 1))
    return { cost: cost.scale(size, character), size }
  },
}

export const listConcatenation: Price = {
  actual: () => 1,
  estimate: (args) => ({
    cost: cost.fixed(1),
    size: cost.add(sized(args, 0), sized(args, 1)),
  }),
}

/** Looks at every item of the second. */
export const membership: Price = {
  actual: (args) => actualSize(args, 1),
  estimate: (args) => ({ cost: sized(args, 1) }),
}

export const substringSearch: Price = {
  actual: (args) =>
    Math.ceil(actualSize(args, 0) * character) * Math.ceil(actualSize(args, 1) * character),
  estimate: (args) => ({
    cost: cost.multiply(
      cost.scale(sized(args, 0), character),
      cost.scale(sized(args, 1), character),
    ),
  }),
}

/** The text times the pattern. */
export const patternMatch = (size?: ResultSize): Price => ({
  actual: (args) =>
    Math.ceil((1 + actualSize(args, 0)) * character) *
    Math.ceil(actualSize(args, 1) * cost.regexTraversal),
  estimate: (args) => ({
    cost: cost.multiply(
      cost.scale(cost.add(sized(args, 0), cost.fixed(1)), character),
      cost.scale(sized(args, 1), cost.regexTraversal),
    ),
    ...(size && { size: size(args) }),
  }),
})

export const upToSize: ResultSize = (args) => ({ min: 0, max: sized(args, 0).max })

/** Walks a list, and the texts in it; or a text. */
export const traversal: Price = {
  actual: ([first = null]) => traversed(first),
  estimate: ([first]) => {
    if (!first) return { cost: cost.unknownSize }
    if (!first.item) return { cost: cost.scale(first.size, character) }
    const { kind } = first.item.type
    const texts = kind === 'string' || kind === 'bytes'
    const each = texts
      ? cost.add(cost.fixed(1), cost.scale(first.item.size, character))
      : cost.fixed(1)
    return { cost: cost.multiply(first.size, each) }
  },
}

function traversed(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array)
    return Math.floor(value.length * character)
  let sum = 0
  if (value instanceof CelList) for (const item of value) sum += traversed(item)
  else if (value instanceof CelMap)
    for (const key of value.keys()) sum += traversed(key) + traversed(value.get(key) ?? null)
  else return 1
  return sum
}

/** Replacing: walked twice, and as long as the replacements can make it. */
export const replacement: Price = {
  ...walk(0, 2),
  estimate: (args) => {
    const [text, old, by] = [sized(args, 0), sized(args, 1), sized(args, 2)]
    return {
      cost: cost.scale(text, 2 * character),
      size: { min: shortest(text, old, by), max: longest(text, old, by) },
    }
  },
}

function longest(text: Range, old: Range, by: Range): number {
  if (old.min === 0) return Math.min(cost.unbounded, (text.max + 1) * by.max + text.max)
  if (by.max <= old.min) return text.max
  return Math.min(cost.unbounded, Math.ceil(text.max / old.min) * by.max)
}

function shortest(text: Range, old: Range, by: Range): number {
  if (old.max === 0) return (text.min + 1) * by.min + text.min
  if (old.max <= by.min) return text.min
  return Math.min(cost.unbounded, Math.ceil(text.min / old.max) * by.min)
}

/** Joining: as much as the result has. */
export const joining: Price = {
  afterwards: true,
  actual: (_args, result) => Math.ceil(sizeOf(result) * 2 * character),
  estimate: (args) => {
    const count = sized(args, 0)
    let size: Range = args[0]?.item ? cost.multiply(count, args[0].item.size) : cost.fixed(0)
    if (args[1])
      size = cost.add(
        size,
        cost.multiply(args[1].size, {
          min: Math.max(0, count.min - 1),
          max: Math.max(0, count.max - 1),
        }),
      )
    return { cost: cost.scale(size, character), size }
  },
}

/** Every item of the one with every item of the other, `times` over. */
export const pairwise = (times: number): Price => ({
  actual: (args) => 1 + Math.ceil(times * actualSize(args, 0) * actualSize(args, 1)),
  estimate: (args) => ({
    cost: cost.add(cost.fixed(1), cost.scale(cost.multiply(sized(args, 0), sized(args, 1)), times)),
  }),
})
