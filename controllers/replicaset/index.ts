/**
 * Keeps as many pods of a template as a ReplicaSet says: never more, and as soon as possible not fewer. It knows nothing
 * of nodes or rollouts, and touches no pod that another controller owns.
 */

import { isPodActive, isPodTerminating } from '../../api/pod-status.ts'
import type { Pod as PodObject, ReplicaSet as ReplicaSetObject } from '../../api/types.ts'
import {
  batch,
  type ContextOf,
  claim,
  controller,
  controllerOf,
  fromLabelSelector,
  isNamespaceTerminating,
  type Key,
  Pod,
  type Read,
  ReplicaSet,
  type Result,
  selectorMatches,
} from '../framework/index.ts'
import { podsToDelete } from './deletion-order.ts'
import { podFromTemplate } from './pod-from-template.ts'
import { nextAvailability, sameStatus, statusOf } from './status.ts'

/** Pods created or deleted in one run. */
const burst = 500

const replicas = controller(ReplicaSet)
  .owns(Pod)
  .watches(Pod, whoSelects)
  .whileDeleting()
  .concurrency(8)

type ReplicaSetContext = ContextOf<typeof replicas>

export const replicaSetController = replicas.reconcile(reconcile)

/** An orphan concerns every ReplicaSet that would adopt it. */
export function whoSelects(pod: PodObject, read: Read<ReplicaSetObject>): Key[] {
  if (controllerOf(pod)) return []
  const { namespace = '', labels } = pod.metadata
  return read(ReplicaSet)
    .list({ namespace })
    .filter(({ spec }) => {
      const selector = fromLabelSelector(spec?.selector)
      return selector !== undefined && selectorMatches(selector, labels)
    })
    .map(({ metadata: { name = '' } }) => ({ namespace, name }))
}

async function reconcile(
  replicaSet: ReplicaSetObject,
  context: ReplicaSetContext,
): Promise<Result> {
  const pods = await claimPods(replicaSet, context)
  const active = pods.filter(isPodActive)
  const terminating = pods.filter(isPodTerminating)
  const error = replicaSet.metadata.deletionTimestamp
    ? undefined
    : await manage(replicaSet, active, context)

  const now = context.clock.now()
  const failure = error === undefined ? undefined : messageOf(error)
  const status = statusOf({ replicaSet, active, terminating, failure, now })
  if (!sameStatus(replicaSet.status, status))
    await context.update(ReplicaSet, { ...replicaSet, status }, { subresource: 'status' })
  if (error !== undefined) throw error
  const requeueAfter = nextAvailability(active, replicaSet.spec?.minReadySeconds ?? 0, now)
  return requeueAfter === undefined ? undefined : { requeueAfter }
}

function claimPods(owner: ReplicaSetObject, context: ReplicaSetContext): Promise<PodObject[]> {
  const selector = fromLabelSelector(owner.spec?.selector)
  const pods = context.read(Pod)
  const owned = pods.ownedBy(owner.metadata.uid ?? '')
  if (!selector) return Promise.resolve(owned)
  const { namespace = '' } = owner.metadata
  const orphans = pods
    .list({ namespace, selector })
    .filter((pod) => isPodActive(pod) && !controllerOf(pod))
  const candidates = [...owned, ...orphans]
  return claim(context, { ownerKind: ReplicaSet, owner, kind: Pod, selector, candidates })
}

/** Creates or deletes what is missing or too much; returns what went wrong. */
async function manage(
  replicaSet: ReplicaSetObject,
  active: readonly PodObject[],
  context: ReplicaSetContext,
): Promise<unknown> {
  const surplus = active.length - (replicaSet.spec?.replicas ?? 1)
  if (surplus < 0) return createPods(replicaSet, Math.min(-surplus, burst), context)
  if (surplus > 0) return deletePods(replicaSet, active, Math.min(surplus, burst), context)
  return undefined
}

async function createPods(
  replicaSet: ReplicaSetObject,
  count: number,
  context: ReplicaSetContext,
): Promise<unknown> {
  const create = async () => {
    try {
      const pod = await context.create(Pod, podFromTemplate(replicaSet))
      const message = `Created pod: ${pod.metadata.name}`
      context.event(replicaSet, { type: 'Normal', reason: 'SuccessfulCreate', message })
    } catch (refusal) {
      // Nothing can be created there any more, and this ReplicaSet is going as well.
      if (isNamespaceTerminating(refusal)) return
      if (!context.signal.aborted) {
        const message = `Error creating: ${messageOf(refusal)}`
        context.event(replicaSet, { type: 'Warning', reason: 'FailedCreate', message })
      }
      throw refusal
    }
  }
  try {
    await batch(Array.from({ length: count }), create)
    return undefined
  } catch (error) {
    return error
  }
}

async function deletePods(
  replicaSet: ReplicaSetObject,
  active: readonly PodObject[],
  count: number,
  context: ReplicaSetContext,
): Promise<unknown> {
  const related = count < active.length ? relatedPods(replicaSet, context) : []
  const chosen = podsToDelete(active, related, count, context.clock.now())
  const because = (live: ReplicaSetObject | undefined) => stillTooMany(replicaSet, live)
  const results = await Promise.allSettled(
    chosen.map(async (pod) => {
      if (await context.remove(Pod, pod, { because }))
        context.event(replicaSet, {
          type: 'Normal',
          reason: 'SuccessfulDelete',
          message: `Deleted pod: ${pod.metadata.name}`,
        })
    }),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (!failed) return undefined
  if (!context.signal.aborted) {
    const message = `Error deleting: ${messageOf(failed.reason)}`
    context.event(replicaSet, { type: 'Warning', reason: 'FailedDelete', message })
  }
  return failed.reason
}

/** Whether the ReplicaSet, read live, wants no more pods than the one that decided to delete. */
export function stillTooMany(seen: ReplicaSetObject, live: ReplicaSetObject | undefined): boolean {
  if (live?.metadata.uid !== seen.metadata.uid || live?.metadata.deletionTimestamp) return false
  return (live?.spec?.replicas ?? 1) <= (seen.spec?.replicas ?? 1)
}

/** The pods of all ReplicaSets that have the same controller. */
function relatedPods(replicaSet: ReplicaSetObject, { read }: ReplicaSetContext): PodObject[] {
  const owner = controllerOf(replicaSet)
  const siblings = owner ? read(ReplicaSet).ownedBy(owner.uid) : [replicaSet]
  return siblings.flatMap(({ metadata: { uid = '' } }) => read(Pod).ownedBy(uid))
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
