/** What an oracle is asked, and what it answers. */

import type { Head } from './head.ts'
import type { Totals } from './history.ts'
import type { Mask } from './mask.ts'
import type { Plan } from './plan.ts'
import type { Trace } from './trace.ts'

export interface Violation {
  oracle: OracleName
  message: string
  /** Of the write that shows it, counted from one, where one does. */
  write?: number
}

export type OracleName =
  | 'convergence'
  | 'errors'
  | 'bounded work'
  | 'end state'
  | 'stability'
  | 'totals'
  | 'loss'
  | 'rollback'
  | 'always'
  | 'never'
  | 'eventually'
  | 'lease'
  | 'because'
  | 'finalizer'
  | 'orphans'
  | 'one at a time'
  | 'determinism'

/**
 * What a caller demands: looks at the objects as they are after a write. False, or an exception, is an objection;
 * `never` objects to true.
 */
export type Predicate = (head: Head) => unknown

export interface Demands {
  /** After every write. */
  always?: readonly Predicate[]
  /** After no write. */
  never?: readonly Predicate[]
  /** When nothing moves any more. */
  eventually?: readonly Predicate[]
}

/** The run against which others are measured. */
export interface Reference {
  trace: Trace
  end: ReadonlyMap<string, unknown>
  totals: ReadonlyMap<string, Totals>
  mask: Mask
}

export interface Judgement {
  plan: Plan
  trace: Trace
  reference: Reference
  demands: Demands
  /** The process whose controllers are under test. */
  process: string
  /** A garbage collector runs. */
  collected: boolean
}

/** A pure function of what a run has left behind. */
export type Oracle = (judgement: Judgement) => Violation | undefined
