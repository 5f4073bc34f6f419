/** The conditions of a CustomResourceDefinition: what its status says of where it is between created and gone. */

import type { DefinitionCondition } from '../../schema/structural/definition.ts'

export type Condition = Pick<DefinitionCondition, 'type' | 'status' | 'reason' | 'message'>

export function conditionOf(
  conditions: readonly DefinitionCondition[] | undefined,
  type: string,
): DefinitionCondition | undefined {
  return conditions?.find((condition) => condition.type === type)
}

export const isTrue = (conditions: readonly DefinitionCondition[] | undefined, type: string) =>
  conditionOf(conditions, type)?.status === 'True'

/** The conditions with one of them set; the very same where that changes nothing. @param at as in objects */
export function withCondition(
  conditions: readonly DefinitionCondition[],
  condition: Condition,
  at: string,
): readonly DefinitionCondition[] {
  const old = conditionOf(conditions, condition.type)
  if (
    old?.status === condition.status &&
    old.reason === condition.reason &&
    old.message === condition.message
  )
    return conditions
  const since = old?.status === condition.status ? (old.lastTransitionTime ?? at) : at
  const { type, status, reason, message } = condition
  const next = { lastTransitionTime: since, message, reason, status, type }
  return old ? conditions.map((one) => (one === old ? next : one)) : [...conditions, next]
}
