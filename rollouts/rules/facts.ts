/** What rules look at, and what a rule is. */

import type { Deployment } from '../../api/types.ts'
import type { Bounds } from '../bounds.ts'
import type { Explanation } from '../explanation.ts'
import type { Family } from '../family.ts'
import type { Snapshot } from '../snapshot.ts'

export interface Facts {
  deployment: Deployment
  name: string
  bounds: Bounds
  family: Family
  /** The controller has given the rollout up. */
  timedOut: boolean
  events: NonNullable<Snapshot['events']>
  logs: NonNullable<Snapshot['logs']>
  /** `undefined`: no clock is told. */
  now: number | undefined
}

/** Pure; `undefined` when it does not apply. */
export type Rule = (facts: Facts) => Explanation | undefined

export const at = ({ name }: Pick<Facts, 'name'>): string => `deployment/${name}`
