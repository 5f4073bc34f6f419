/**
 * Rolls a Deployment's template out over ReplicaSets, within its bounds and with a history to go back to. It creates no
 * pods: it only decides how many each ReplicaSet should have.
 */

import { isPodActive, isPodTerminating } from '../../api/pod-status.ts'
import type {
  Deployment as DeploymentObject,
  Pod as PodObject,
  ReplicaSet as ReplicaSetObject,
} from '../../api/types.ts'
import { isRollingUpdate } from '../../rollouts/bounds.ts'
import { type Family, familyOf } from '../../rollouts/family.ts'
import {
  claim,
  controller,
  controllerOf,
  Deployment,
  fromLabelSelector,
  type Key,
  Pod,
  type Read,
  ReplicaSet,
  type Result,
  selectorMatches,
} from '../framework/index.ts'
import { isScalingEvent, scaleProportionally } from './proportional.ts'
import { isObserved } from './replica-sets.ts'
import { shrinkOld } from './rolling.ts'
import { type DeploymentContext, NameCollision, Rollout } from './rollout.ts'
import { isComplete } from './status.ts'

export const deploymentController = controller(Deployment)
  .owns(ReplicaSet)
  .watches(ReplicaSet, whoSelects)
  .watches(Pod, whoRollsOut)
  .whileDeleting()
  .concurrency(8)
  .reconcile(reconcile)

/** An orphaned ReplicaSet concerns every Deployment that would adopt it. */
export function whoSelects(replicaSet: ReplicaSetObject, read: Read<DeploymentObject>): Key[] {
  if (controllerOf(replicaSet)) return []
  const { namespace = '', labels } = replicaSet.metadata
  return read(Deployment)
    .list({ namespace })
    .filter(({ spec }) => {
      const selector = fromLabelSelector(spec?.selector)
      return selector !== undefined && selector.length > 0 && selectorMatches(selector, labels)
    })
    .map(({ metadata: { name = '' } }) => ({ namespace, name }))
}

/** A pod concerns the owner of its ReplicaSet: its state explains the rollout, its end lets one go on. */
export function whoRollsOut(pod: PodObject, read: Read<ReplicaSetObject>): Key[] {
  const owner = controllerOf(pod)
  if (owner?.kind !== 'ReplicaSet') return []
  const { namespace = '' } = pod.metadata
  const replicaSet = read(ReplicaSet).get(namespace, owner.name)
  const deployment = replicaSet && controllerOf(replicaSet)
  return deployment?.kind === 'Deployment' ? [{ namespace, name: deployment.name }] : []
}

async function reconcile(
  deployment: DeploymentObject,
  context: DeploymentContext,
): Promise<Result> {
  const selector = fromLabelSelector(deployment.spec?.selector)
  if (!selector || selector.length === 0) return refuse(deployment, context)
  const family = await findFamily(deployment, context)
  const rollout = new Rollout(deployment, family, context)
  try {
    if (deployment.metadata.deletionTimestamp) return await rollout.report({ advancing: false })
    if (deployment.spec?.paused || isScalingEvent(deployment, family))
      return await resize(deployment, rollout)
    return isRollingUpdate(deployment)
      ? await roll(deployment, rollout)
      : await recreate(deployment, rollout)
  } catch (error) {
    // The count of collisions has been written, which runs this again.
    if (error instanceof NameCollision) return undefined
    throw error
  }
}

/** A Deployment that selects everything would take over everything. */
async function refuse(deployment: DeploymentObject, context: DeploymentContext): Promise<Result> {
  const message = 'This deployment is selecting all pods. A non-empty selector is required.'
  context.event(deployment, { type: 'Warning', reason: 'SelectingAll', message })
  const { metadata, status } = deployment
  if ((status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)) return undefined
  const observed = { ...status, observedGeneration: metadata.generation ?? 0 }
  await context.update(Deployment, { ...deployment, status: observed }, { subresource: 'status' })
  return undefined
}

async function findFamily(owner: DeploymentObject, context: DeploymentContext): Promise<Family> {
  const selector = fromLabelSelector(owner.spec?.selector) ?? []
  const { namespace = '', uid = '' } = owner.metadata
  const known = context.read(ReplicaSet)
  const orphans = known.list({ namespace, selector }).filter((each) => !controllerOf(each))
  const candidates = [...known.ownedBy(uid), ...orphans]
  const options = { ownerKind: Deployment, owner, kind: ReplicaSet, selector, candidates }
  const replicaSets = await claim(context, options)
  const pods = context.read(Pod)
  return familyOf(
    owner,
    replicaSets.map((replicaSet) => ({
      replicaSet,
      pods: pods.ownedBy(replicaSet.metadata.uid ?? ''),
    })),
  )
}

/** Paused, or of another size than before: no step of the rollout, only more or less of what is there. */
async function resize(deployment: DeploymentObject, rollout: Rollout): Promise<Result> {
  await rollout.syncRevision()
  await rollout.scale(scaleProportionally(deployment, rollout.family))
  if (deployment.spec?.paused) await rollout.forgetOld()
  return rollout.report({ advancing: false })
}

async function roll(deployment: DeploymentObject, rollout: Rollout): Promise<Result> {
  await rollout.syncRevision()
  await rollout.createNewest()
  const moved =
    (await rollout.scaleNewest()) ||
    (await rollout.scale(shrinkOld(deployment, rollout.family, rollout.now)))
  if (!moved) await rollout.forgetOld()
  return rollout.report({ advancing: true })
}

async function recreate(deployment: DeploymentObject, rollout: Rollout): Promise<Result> {
  await rollout.syncRevision()
  const stopped = await rollout.stopOld()
  if (stopped || oldPodsRemain(rollout.family)) return rollout.report({ advancing: true })
  await rollout.createNewest()
  await rollout.scaleNewest()
  if (isComplete(deployment, deployment.status ?? {})) await rollout.forgetOld()
  return rollout.report({ advancing: true })
}

/** Also those that are ending: two versions must never run side by side. */
const oldPodsRemain = ({ old }: Family): boolean =>
  old.some(
    (member) =>
      !isObserved(member) ||
      (member.replicaSet.status?.replicas ?? 0) > 0 ||
      member.pods.some((pod) => isPodActive(pod) || isPodTerminating(pod)),
  )
