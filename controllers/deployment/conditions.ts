/**
 * A Deployment's conditions: when one is set anew, and what each says. Reasons and plain messages are those that tools know;
 * the cause of a stuck rollout is added to them. Pure.
 */

import type { Deployment } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import { type Condition, conditionOf } from '../../rollouts/condition.ts'
import { deadlineOf } from '../../rollouts/deadline.ts'
import type { Member } from '../../rollouts/family.ts'

export type ProgressReason =
  | 'NewReplicaSetCreated'
  | 'FoundNewReplicaSet'
  | 'ReplicaSetUpdated'
  | 'NewReplicaSetAvailable'
  | 'ProgressDeadlineExceeded'
  | 'DeploymentPaused'
  | 'DeploymentResumed'
  | 'ReplicaSetCreateError'

type Change = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/**
 * The conditions with this one set. Status and reason as before: it stays as it is but for its message, because the
 * deadline counts from `lastUpdateTime`; `again` sets that nevertheless.
 */
export function withCondition(
  conditions: readonly Condition[],
  change: Change,
  now: number,
  { again = false }: { again?: boolean } = {},
): Condition[] {
  const current = conditionOf(conditions, change.type)
  if (current?.status === change.status && current.reason === change.reason && !again)
    return conditions.map((each) =>
      each === current && each.message !== change.message
        ? { ...each, message: change.message ?? '' }
        : each,
    )
  const lastTransitionTime =
    current?.status === change.status ? (current.lastTransitionTime ?? time(now)) : time(now)
  return [
    ...without(conditions, change.type),
    { ...change, lastUpdateTime: time(now), lastTransitionTime },
  ]
}

export const without = (conditions: readonly Condition[], type: string): Condition[] =>
  conditions.filter((condition) => condition.type !== type)

/** Notes when a rollout is paused and resumed, so that the time between is not held against it. */
export function withPause(
  deployment: Deployment,
  conditions: readonly Condition[],
  now: number,
): Condition[] {
  const current = conditionOf(conditions, 'Progressing')
  if (deadlineOf(deployment) === undefined || current?.reason === 'ProgressDeadlineExceeded')
    return [...conditions]
  const noted = current?.reason === 'DeploymentPaused'
  const paused = deployment.spec?.paused === true
  if (paused === noted) return [...conditions]
  const reason = paused ? 'DeploymentPaused' : 'DeploymentResumed'
  const message = progressText(reason, deployment, undefined)
  return withCondition(conditions, { type: 'Progressing', status: 'Unknown', reason, message }, now)
}

/** What each reason is called in words. */
export function progressText(
  reason: string,
  { metadata: { name } }: Deployment,
  newest: Member | undefined,
): string | undefined {
  const replicaSet = newest?.replicaSet.metadata.name
  const subject = replicaSet ? `ReplicaSet "${replicaSet}"` : `Deployment "${name}"`
  switch (reason as ProgressReason) {
    case 'NewReplicaSetCreated':
      return `Created new replica set "${replicaSet}"`
    case 'FoundNewReplicaSet':
      return `Found new replica set "${replicaSet}"`
    case 'ReplicaSetUpdated':
      return `${subject} is progressing.`
    case 'NewReplicaSetAvailable':
      return `${subject} has successfully progressed.`
    case 'ProgressDeadlineExceeded':
      return `${subject} has timed out progressing.`
    case 'DeploymentPaused':
      return 'Deployment is paused'
    case 'DeploymentResumed':
      return 'Deployment is resumed'
    case 'ReplicaSetCreateError':
      return undefined
    default:
      return undefined
  }
}

export const hasMinimum = 'Deployment has minimum availability.'
export const lacksMinimum = 'Deployment does not have minimum availability.'

/** A condition with the cause in its message; without one, with the message that its reason alone has. */
export function tell(
  condition: Condition,
  deployment: Deployment,
  newest: Member | undefined,
  trouble: string | undefined,
): Condition {
  const plain = plainMessage(condition, deployment, newest)
  if (plain === undefined) return condition
  const stalled =
    condition.reason !== 'NewReplicaSetAvailable' && condition.reason !== 'DeploymentPaused'
  const concerned =
    condition.type === 'Progressing' ? stalled : condition.reason === 'MinimumReplicasUnavailable'
  const full = plain.endsWith('.') ? plain : `${plain}.`
  const message = trouble !== undefined && concerned ? `${full} ${trouble}` : plain
  return message === condition.message ? condition : { ...condition, message }
}

function plainMessage(
  { type, reason = '' }: Condition,
  deployment: Deployment,
  newest: Member | undefined,
): string | undefined {
  if (type === 'Progressing') return progressText(reason, deployment, newest)
  if (type === 'Available') return reason === 'MinimumReplicasAvailable' ? hasMinimum : lacksMinimum
  return undefined
}
