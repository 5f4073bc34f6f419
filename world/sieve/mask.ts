/**
 * What is not compared between two runs: what differs between two runs in which nothing went wrong, and what the
 * caller says has no meaning.
 */

import type { Kind } from '../../controllers/framework/index.ts'
import { type Difference, differencesOf } from './canonical.ts'
import type { Totals } from './history.ts'

/** A kind as a whole, or one of its fields: `{ kind: Deployment, path: '.metadata.annotations' }`. */
export interface Ignored {
  kind: Kind<never> | Kind
  /** The field and all below it; every field without it. */
  path?: string
}

/** `Pod default/web-* #2` is a Pod. */
const kindOf = (label: string): string => label.slice(0, label.indexOf(' '))

export class Mask {
  readonly #ignored: readonly Ignored[]
  readonly #paths = new Set<string>()
  readonly #totals = new Set<string>()

  constructor(ignored: readonly Ignored[] = []) {
    this.#ignored = ignored
  }

  /** What differs between two ends is never compared again. */
  learn(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): void {
    for (const { label, path } of endDifferences(one, other)) this.#paths.add(`${label}${path}`)
  }

  learnTotals(one: ReadonlyMap<string, Totals>, other: ReadonlyMap<string, Totals>): void {
    for (const { label } of totalDifferences(one, other)) this.#totals.add(label)
  }

  hides(label: string, path: string): boolean {
    if (this.#paths.has(label + path) || this.#paths.has(label)) return true
    return this.#ignored.some(
      (ignored) =>
        ignored.kind.kind === kindOf(label) &&
        (ignored.path === undefined || isWithin(path, ignored.path)),
    )
  }

  hidesTotals(label: string): boolean {
    return this.#totals.has(label) || this.hides(label, '')
  }
}

const isWithin = (path: string, root: string): boolean =>
  path === root || path.startsWith(`${root}.`) || path.startsWith(`${root}[`)

export interface EndDifference extends Difference {
  label: string
}

/** Objects that are missing or too many, and fields that differ. */
export function endDifferences(
  expected: ReadonlyMap<string, unknown>,
  actual: ReadonlyMap<string, unknown>,
): EndDifference[] {
  const labels = new Set([...expected.keys(), ...actual.keys()])
  return [...labels].flatMap((label) =>
    differencesOf(expected.get(label), actual.get(label)).map((difference) => ({
      label,
      ...difference,
    })),
  )
}

export interface TotalDifference {
  label: string
  expected: Totals
  actual: Totals
}

const none: Totals = { created: 0, deleted: 0 }

export function totalDifferences(
  expected: ReadonlyMap<string, Totals>,
  actual: ReadonlyMap<string, Totals>,
): TotalDifference[] {
  const labels = new Set([...expected.keys(), ...actual.keys()])
  return [...labels]
    .map((label) => ({
      label,
      expected: expected.get(label) ?? none,
      actual: actual.get(label) ?? none,
    }))
    .filter(
      ({ expected: one, actual: other }) =>
        one.created !== other.created || one.deleted !== other.deleted,
    )
}
