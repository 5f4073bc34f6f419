/** A Deployment's counts and conditions, and whether its rollout advances within its deadline. Pure. */

import { isDeepStrictEqual } from 'node:util'
import type { Deployment } from '../../api/types.ts'
import { boundsOf, floorOf } from '../../rollouts/bounds.ts'
import { type Condition, conditionOf, type Status } from '../../rollouts/condition.ts'
import { deadlineOf, timeLeft } from '../../rollouts/deadline.ts'
import { explainFamily } from '../../rollouts/explain.ts'
import type { Explanation } from '../../rollouts/explanation.ts'
import { allOf, type Family } from '../../rollouts/family.ts'
import {
  hasMinimum,
  lacksMinimum,
  type ProgressReason,
  progressText,
  tell,
  withCondition,
  without,
} from './conditions.ts'
import { wanted } from './replica-sets.ts'

export interface Observation {
  deployment: Deployment
  family: Family
  /** Those of the status, with what has been learnt since. */
  conditions: readonly Condition[]
  /** Whether to judge how the rollout advances; not while it is paused or scaled. */
  judge: boolean
  /** Milliseconds since the epoch. */
  now: number
}

export interface Judgement {
  status: Status
  explanation: Explanation
  /** Why it will not go on by itself, as it stands in conditions; `undefined` when it will. */
  trouble: string | undefined
}

/** The status that the Deployment should have now. */
export function judge(observation: Observation): Judgement {
  const { deployment, family, now } = observation
  const counts = countsOf(deployment, family)
  let conditions = withAvailability(deployment, counts, observation.conditions, now)
  if (observation.judge) conditions = withProgress(observation, counts, conditions)
  conditions = withFailure(family, conditions)
  const status = { ...counts, conditions }
  const explanation = explainFamily({ ...deployment, status }, family, { now })
  const trouble = isTrouble(explanation) ? explanation.verdict : undefined
  const told = conditions.map((condition) => tell(condition, deployment, family.newest, trouble))
  return { status: withoutZeros({ ...counts, conditions: told }), explanation, trouble }
}

const isTrouble = ({ severity, code }: Explanation): boolean =>
  (severity === 'warning' || severity === 'error') && code !== 'deadline'

export type Counts = Required<
  Pick<
    Status,
    | 'observedGeneration'
    | 'replicas'
    | 'updatedReplicas'
    | 'readyReplicas'
    | 'availableReplicas'
    | 'unavailableReplicas'
    | 'terminatingReplicas'
  >
> &
  Pick<Status, 'collisionCount'>

function countsOf({ metadata, status }: Deployment, family: Family): Counts {
  const all = allOf(family)
  type Field = 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas'
  const sum = (field: Field) =>
    all.reduce((total, { replicaSet }) => total + (replicaSet.status?.[field] ?? 0), 0)
  const availableReplicas = sum('availableReplicas')
  return {
    observedGeneration: metadata.generation ?? 0,
    replicas: sum('replicas'),
    updatedReplicas: family.newest?.replicaSet.status?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas,
    unavailableReplicas: Math.max(0, wanted(all) - availableReplicas),
    terminatingReplicas: sum('terminatingReplicas'),
    ...(status?.collisionCount === undefined ? {} : { collisionCount: status.collisionCount }),
  }
}

/** On the wire an absent count is zero; only the terminating ones are always said. */
function withoutZeros({ conditions, ...counts }: Counts & { conditions: Condition[] }): Status {
  const said = Object.entries(counts).filter(
    ([field, count]) => count !== 0 || field === 'terminatingReplicas',
  )
  return { ...Object.fromEntries(said), ...(conditions.length > 0 ? { conditions } : {}) }
}

const countFields = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
] as const

/** Absent counts are zero. */
export const sameStatus = (a: Status | undefined, b: Status): boolean =>
  countFields.every((field) => (a?.[field] ?? 0) === (b[field] ?? 0)) &&
  isDeepStrictEqual(a?.conditions ?? [], b.conditions ?? [])

function withAvailability(
  deployment: Deployment,
  counts: Counts,
  conditions: readonly Condition[],
  now: number,
): Condition[] {
  const enough = counts.availableReplicas >= floorOf(boundsOf(deployment))
  const change = enough
    ? { status: 'True', reason: 'MinimumReplicasAvailable', message: hasMinimum }
    : { status: 'False', reason: 'MinimumReplicasUnavailable', message: lacksMinimum }
  // The message is completed when the cause is known.
  const current = conditionOf(conditions, 'Available')
  if (current?.reason === change.reason && current.status === change.status) return [...conditions]
  return withCondition(conditions, { type: 'Available', ...change }, now)
}

function withProgress(
  { deployment, family, now }: Observation,
  counts: Counts,
  conditions: readonly Condition[],
): Condition[] {
  const deadline = deadlineOf(deployment)
  if (deadline === undefined) return without(conditions, 'Progressing')
  const current = conditionOf(conditions, 'Progressing')
  const settled =
    counts.replicas === counts.updatedReplicas && current?.reason === 'NewReplicaSetAvailable'
  if (settled) return [...conditions]
  const set = (status: string, reason: ProgressReason, again = false) => {
    const message = progressText(reason, deployment, family.newest)
    return withCondition(conditions, { type: 'Progressing', status, reason, message }, now, {
      again,
    })
  }
  if (isComplete(deployment, counts)) return set('True', 'NewReplicaSetAvailable')
  // Each step forward starts the deadline anew.
  if (hasAdvanced(deployment.status, counts)) return set('True', 'ReplicaSetUpdated', true)
  if (hasTimedOut(current, deadline, now)) return set('False', 'ProgressDeadlineExceeded')
  return [...conditions]
}

/** All replicas are of the new template and available, and no others are left. */
export function isComplete(deployment: Deployment, counts: Status): boolean {
  const { desired } = boundsOf(deployment)
  return (
    (counts.updatedReplicas ?? 0) === desired &&
    (counts.replicas ?? 0) === desired &&
    (counts.availableReplicas ?? 0) === desired &&
    (counts.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function hasAdvanced(before: Status | undefined, now: Counts): boolean {
  const oldReplicas = (status: Status) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  return (
    now.updatedReplicas > (before?.updatedReplicas ?? 0) ||
    oldReplicas(now) < oldReplicas(before ?? {}) ||
    now.readyReplicas > (before?.readyReplicas ?? 0) ||
    now.availableReplicas > (before?.availableReplicas ?? 0)
  )
}

function hasTimedOut(condition: Condition | undefined, deadline: number, now: number): boolean {
  if (!condition || condition.reason === 'NewReplicaSetAvailable') return false
  if (condition.reason === 'ProgressDeadlineExceeded') return true
  return Date.parse(condition.lastUpdateTime ?? '') + deadline <= now
}

/** Milliseconds until the deadline has to be judged; `undefined` when it need not be. */
export function untilDeadline(
  deployment: Deployment,
  status: Status,
  now: number,
): number | undefined {
  if (isComplete(deployment, status)) return undefined
  return timeLeft({ ...deployment, status }, now)
}

/** A ReplicaSet's failure is the Deployment's; that of the new one before those of old ones. */
function withFailure(family: Family, conditions: readonly Condition[]): Condition[] {
  const { newest, old } = family
  for (const { replicaSet } of [...(newest ? [newest] : []), ...old]) {
    const failure = replicaSet.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
    if (!failure) continue
    const current = conditionOf(conditions, 'ReplicaFailure')
    if (current?.status === failure.status && current.reason === failure.reason)
      return [...conditions]
    const { lastTransitionTime } = failure
    const promoted: Condition = {
      ...failure,
      ...(lastTransitionTime === undefined ? {} : { lastUpdateTime: lastTransitionTime }),
    }
    return [...without(conditions, 'ReplicaFailure'), promoted]
  }
  return without(conditions, 'ReplicaFailure')
}
