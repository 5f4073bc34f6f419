/** The conditions of a Deployment, found by their type. */

import type { Deployment } from '../api/types.ts'

export type Status = NonNullable<Deployment['status']>
export type Condition = NonNullable<Status['conditions']>[number]

export const conditionOf = (
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined => conditions?.find((condition) => condition.type === type)
