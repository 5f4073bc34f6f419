/**
 * Says in the status of every PodDisruptionBudget how many of its pods may go at once. It stops nobody: the API server
 * does, when it is asked for an eviction.
 */

import { same } from '../../api/same.ts'
import type {
  PodDisruptionBudget as PodDisruptionBudgetObject,
  Pod as PodObject,
} from '../../api/types.ts'
import {
  type ContextOf,
  controller,
  controllerOf,
  Deployment,
  fromLabelSelector,
  type Key,
  Pod,
  PodDisruptionBudget,
  type Read,
  ReplicaSet,
  ReplicationController,
  type Result,
  StatefulSet,
  selectorMatches,
} from '../framework/index.ts'
import { type BudgetStatus, budgetStatus, failedStatus, nextExpiry } from './budget-status.ts'

const disruption = controller(PodDisruptionBudget)
  .named('disruption')
  .watches(Pod, whoseSelectorMatches)
  .reads(ReplicaSet)
  .reads(Deployment)
  .reads(StatefulSet)
  .reads(ReplicationController)
  .whileDeleting()

type BudgetContext = ContextOf<typeof disruption>

export const disruptionController = disruption.reconcile(reconcile)

function whoseSelectorMatches(
  { metadata: { namespace = '', labels } }: PodObject,
  read: Read<PodDisruptionBudgetObject>,
): Key[] {
  return read(PodDisruptionBudget)
    .list({ namespace })
    .filter((budget) => selectorMatches(selectorOf(budget) ?? nothing, labels))
    .map(({ metadata: { name = '' } }) => ({ namespace, name }))
}

const nothing = [{ key: 'none', operator: 'in' as const, values: [] }]
const selectorOf = ({ spec }: PodDisruptionBudgetObject) => fromLabelSelector(spec?.selector)

async function reconcile(
  budget: PodDisruptionBudgetObject,
  context: BudgetContext,
): Promise<Result> {
  const { namespace = '' } = budget.metadata
  const selector = selectorOf(budget)
  const found = selector ? context.read(Pod).list({ namespace, selector }) : []
  const pods = found.filter(
    ({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  )
  const now = context.clock.now()
  const status = statusOf(budget, pods, context, now)
  if (!same(budget.status, status))
    await context.update(PodDisruptionBudget, { ...budget, status }, { subresource: 'status' })
  const requeueAfter = nextExpiry(status, now)
  return requeueAfter === undefined ? undefined : { requeueAfter }
}

function statusOf(
  budget: PodDisruptionBudgetObject,
  pods: readonly PodObject[],
  { read, event }: BudgetContext,
  now: number,
): BudgetStatus {
  try {
    return budgetStatus({ budget, pods, now, expected: () => expectedBy(pods, read) })
  } catch (error) {
    if (!(error instanceof UncountableError)) throw error
    const { message } = error
    event(budget, { type: 'Warning', reason: 'CalculateExpectedPodCountFailed', message })
    return failedStatus(budget, message, now)
  }
}

/** A pod's controller does not say how many pods it wants. */
class UncountableError extends Error {
  override name = 'UncountableError'
}

/** How many pods the controllers of these want, each counted once. */
function expectedBy(pods: readonly PodObject[], read: BudgetContext['read']): number {
  const wanted = new Map<string, number>()
  for (const pod of pods) {
    const owner = controllerOf(pod)
    const { namespace = '', name } = pod.metadata
    if (!owner)
      throw new UncountableError(`found no controller ref for pod ${JSON.stringify(name)}`)
    const counted = replicasOf(owner, namespace, read)
    wanted.set(counted.uid, counted.replicas)
  }
  return [...wanted.values()].reduce((sum, replicas) => sum + replicas, 0)
}

type Owner = NonNullable<ReturnType<typeof controllerOf>>

function replicasOf(
  { apiVersion, kind, name, uid }: Owner,
  namespace: string,
  read: BudgetContext['read'],
): { uid: string; replicas: number } {
  const own = (spec: { replicas?: number } | undefined) => ({ uid, replicas: spec?.replicas ?? 1 })
  switch (`${apiVersion} ${kind}`) {
    case 'apps/v1 ReplicaSet': {
      const replicaSet = read(ReplicaSet).get(namespace, name)
      const owner = replicaSet && controllerOf(replicaSet)
      if (owner?.kind === 'Deployment') {
        const deployment = read(Deployment).get(namespace, owner.name)
        return { uid: owner.uid, replicas: deployment?.spec?.replicas ?? 1 }
      }
      return own(replicaSet?.spec)
    }
    case 'apps/v1 StatefulSet':
      return own(read(StatefulSet).get(namespace, name)?.spec)
    case 'v1 ReplicationController':
      return own(read(ReplicationController).get(namespace, name)?.spec)
    default:
      throw new UncountableError(
        `${kind} ${JSON.stringify(name)} (${apiVersion}) does not say how many pods it wants`,
      )
  }
}
