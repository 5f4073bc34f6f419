/**
 * The price of work, in the units of the language's reference implementation: what a node costs when it runs, what it
 * may cost at most before it runs, and how much anyone may spend.
 */

/** Units that one character of a string costs when it is walked. */
export const stringTraversal = 0.1
/** Units that one character of a pattern costs per walked unit. */
export const regexTraversal = 0.25
export const listCreation = 10
export const mapCreation = 30
export const structCreation = 40

/** What one expression of a policy or a rule may cost when it runs. */
export const perCallLimit = 1_000_000
/** What all expressions of a policy may cost for one request. */
export const runtimePolicyBudget = 10_000_000
/** What the match conditions of one webhook or policy may cost for one request. */
export const matchConditionsBudget = 2_500_000
/** What all rules of a custom resource may cost for one request. */
export const runtimeRulesBudget = 10_000_000
/** What one rule of a custom resource may cost by estimate, and all of them together. */
export const ruleEstimateLimit = 10_000_000
export const rulesEstimateLimit = 100_000_000

/** The greatest cost and size; more is told as this. */
export const unbounded = 2 ** 64

export interface Range {
  min: number
  max: number
}

export type CostEstimate = Range
export type SizeEstimate = Range

/** The size of what a path leads to (`['self', 'items', '@items']`), or `undefined` where it is not known. */
export type SizeEstimator = (path: readonly string[]) => SizeEstimate | undefined

const cap = (value: number) => Math.min(value, unbounded)

export const fixed = (value: number): Range => ({ min: value, max: value })
export const unknownSize: SizeEstimate = { min: 0, max: unbounded }
export const add = (one: Range, other: Range): Range => ({
  min: cap(one.min + other.min),
  max: cap(one.max + other.max),
})
export const multiply = (one: Range, other: Range): Range => ({
  min: cap(one.min * other.min),
  max: cap(one.max * other.max),
})
export const scale = ({ min, max }: Range, factor: number): Range => ({
  min: cap(Math.ceil(min * factor)),
  max: cap(Math.ceil(max * factor)),
})
export const union = (one: Range, other: Range): Range => ({
  min: Math.min(one.min, other.min),
  max: Math.max(one.max, other.max),
})
export const sum = (ranges: readonly Range[]): Range => ranges.reduce(add, fixed(0))
