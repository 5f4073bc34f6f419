/**
 * One run's work on one Deployment: what has been found, what has been written, and the status that follows. Every write
 * is refused when its object has changed meanwhile, and the run is then made again on what is new.
 */

import type {
  Deployment as DeploymentObject,
  Pod as PodObject,
  ReplicaSet as ReplicaSetObject,
} from '../../api/types.ts'
import { isRollingUpdate, replicasOf } from '../../rollouts/bounds.ts'
import { type Condition, conditionOf } from '../../rollouts/condition.ts'
import { deadlineOf } from '../../rollouts/deadline.ts'
import { type Family, isActive, type Member } from '../../rollouts/family.ts'
import { highestRevision, revisionAnnotation } from '../../rollouts/revision.ts'
import { sameTemplate, templateHash, templateHashLabel } from '../../rollouts/template.ts'
import {
  type Context,
  controllerOf,
  controllerReference,
  Deployment,
  isAlreadyExists,
  isNamespaceTerminating,
  Pod,
  ReplicaSet,
  type Result,
} from '../framework/index.ts'
import { progressText, withCondition, withPause } from './conditions.ts'
import { outlived } from './history.ts'
import { annotationsOfNewest, hasAnnotations, sizeAnnotations } from './revision.ts'
import { type Scaling, sizeOfNewest } from './rolling.ts'
import { judge, sameStatus, untilDeadline } from './status.ts'

type Written = DeploymentObject | ReplicaSetObject
export type DeploymentContext = Context<Written | PodObject, Written, DeploymentObject>

/** The name was taken by another template: it is chosen anew in the next run. */
export class NameCollision extends Error {
  override name = 'NameCollision'
}

export class Rollout {
  family: Family
  #deployment: DeploymentObject
  #conditions: Condition[]
  readonly #context: DeploymentContext
  readonly #now: number
  /** The revision has to be written, whatever the status. */
  #renumbered = false

  constructor(deployment: DeploymentObject, family: Family, context: DeploymentContext) {
    this.#deployment = deployment
    this.family = family
    this.#context = context
    this.#now = context.clock.now()
    const known = deployment.status?.conditions ?? []
    this.#conditions = deployment.metadata.deletionTimestamp
      ? known
      : withPause(deployment, known, this.#now)
  }

  get now(): number {
    return this.#now
  }

  /** Gives the new ReplicaSet the Deployment's annotations and the highest revision. */
  async syncRevision(): Promise<void> {
    const { newest, old } = this.family
    if (!newest) return
    const { metadata, spec } = newest.replicaSet
    const revision = highestRevision(old.map(({ replicaSet }) => replicaSet)) + 1
    const annotations = annotationsOfNewest(this.#deployment, metadata.annotations, revision)
    const minReadySeconds = this.#deployment.spec?.minReadySeconds ?? 0
    const unchanged =
      hasAnnotations(metadata.annotations, annotations) &&
      (spec?.minReadySeconds ?? 0) === minReadySeconds
    if (!unchanged) await this.#patch(newest, { annotations }, { minReadySeconds })
    this.#noteRevision(annotations[revisionAnnotation])
    if (!conditionOf(this.#conditions, 'Progressing')) this.#progress('FoundNewReplicaSet')
  }

  /** Creates the ReplicaSet of the present template, unless there is one. */
  async createNewest(): Promise<void> {
    if (this.family.newest) return
    const replicaSet = this.#newReplicaSet()
    const created = await this.#create(replicaSet)
    this.family = { ...this.family, newest: { replicaSet: created, pods: this.#podsOf(created) } }
    const size = replicasOf(created)
    if (size > 0) this.#event(`Scaled up replica set ${created.metadata.name} from 0 to ${size}`)
    this.#progress('NewReplicaSetCreated')
    this.#noteRevision(created.metadata.annotations?.[revisionAnnotation])
  }

  /** Sizes ReplicaSets one after the other; returns whether any size has changed. */
  async scale(scalings: readonly Scaling[]): Promise<boolean> {
    let changed = false
    for (const { member, replicas } of scalings) {
      const { metadata } = member.replicaSet
      const annotations = sizeAnnotations(this.#deployment)
      const before = replicasOf(member.replicaSet)
      if (before === replicas && hasAnnotations(metadata.annotations, annotations)) continue
      await this.#patch(member, { annotations }, { replicas })
      if (before === replicas) continue
      changed = true
      const direction = before < replicas ? 'up' : 'down'
      this.#event(`Scaled ${direction} replica set ${metadata.name} from ${before} to ${replicas}`)
    }
    return changed
  }

  /** Sizes the new ReplicaSet as far as bounds allow; returns whether that changed anything. */
  scaleNewest(): Promise<boolean> {
    const { newest } = this.family
    const replicas = this.#sizeOfNewest()
    if (!newest || replicasOf(newest.replicaSet) === replicas) return Promise.resolve(false)
    return this.scale([{ member: newest, replicas }])
  }

  /** Takes all pods from old ReplicaSets; returns whether they had any to give. */
  stopOld(): Promise<boolean> {
    return this.scale(this.family.old.filter(isActive).map((member) => ({ member, replicas: 0 })))
  }

  /** Deletes old ReplicaSets beyond `revisionHistoryLimit`. */
  async forgetOld(): Promise<void> {
    for (const { replicaSet } of outlived(this.#deployment, this.family.old)) {
      const because = (live: DeploymentObject | undefined) =>
        live?.metadata.uid === this.#deployment.metadata.uid &&
        !sameTemplate(live?.spec?.template, replicaSet.spec?.template)
      await this.#context.remove(ReplicaSet, replicaSet, { because })
    }
  }

  /**
   * Writes the status if it differs, and says so when a rollout has got stuck.
   * @param advancing whether to judge progress; not while it is paused, scaled or deleted
   */
  async report({ advancing }: { advancing: boolean }): Promise<Result> {
    const deployment = this.#deployment
    const { status, trouble } = judge({
      deployment,
      family: this.family,
      conditions: this.#conditions,
      judge: advancing,
      now: this.#now,
    })
    if (this.#renumbered || !sameStatus(deployment.status, status)) {
      await this.#context.update(Deployment, { ...deployment, status }, { subresource: 'status' })
      const tells = ({ message }: Condition) =>
        trouble !== undefined && message?.includes(trouble) === true
      if (trouble && status.conditions?.some(tells) && !deployment.status?.conditions?.some(tells))
        this.#context.event(deployment, {
          type: 'Warning',
          reason: 'RolloutStuck',
          message: trouble,
        })
    }
    const requeueAfter = untilDeadline(deployment, status, this.#now)
    return requeueAfter === undefined ? undefined : { requeueAfter }
  }

  #newReplicaSet(): ReplicaSetObject {
    const { metadata, spec, status } = this.#deployment
    const { namespace, name } = metadata
    const hash = templateHash(spec?.template, status?.collisionCount)
    const labels = { ...spec?.template.metadata?.labels, [templateHashLabel]: hash }
    const selector = {
      ...spec?.selector,
      matchLabels: { ...spec?.selector.matchLabels, [templateHashLabel]: hash },
    }
    const revision = highestRevision(this.family.old.map(({ replicaSet }) => replicaSet)) + 1
    return {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        ...(namespace === undefined ? {} : { namespace }),
        name: `${name}-${hash}`,
        labels,
        annotations: {
          ...annotationsOfNewest(this.#deployment, undefined, revision),
          ...sizeAnnotations(this.#deployment),
        },
        ownerReferences: [controllerReference(Deployment, this.#deployment)],
      },
      spec: {
        replicas: this.#sizeOfNewest(),
        minReadySeconds: spec?.minReadySeconds ?? 0,
        selector,
        template: {
          ...spec?.template,
          metadata: { ...spec?.template.metadata, labels },
        },
      },
    }
  }

  async #create(replicaSet: ReplicaSetObject): Promise<ReplicaSetObject> {
    const { namespace, name = '' } = replicaSet.metadata
    try {
      return await this.#context.create(ReplicaSet, replicaSet)
    } catch (error) {
      if (isAlreadyExists(error)) {
        const ref = namespace === undefined ? { name } : { namespace, name }
        const other = await this.#context.live(ReplicaSet, ref)
        const mine = other && controllerOf(other)?.uid === this.#deployment.metadata.uid
        if (mine && sameTemplate(other.spec?.template, replicaSet.spec?.template)) return other
        await this.#countCollision()
        throw new NameCollision(`replica set ${name} exists already with another template`)
      }
      if (!isNamespaceTerminating(error)) await this.#reportRefusal(name, error)
      throw error
    }
  }

  async #countCollision(): Promise<void> {
    const { status } = this.#deployment
    const collisionCount = (status?.collisionCount ?? 0) + 1
    const changed = { ...this.#deployment, status: { ...status, collisionCount } }
    await this.#context.update(Deployment, changed, { subresource: 'status' })
  }

  async #reportRefusal(name: string, error: unknown): Promise<void> {
    if (this.#context.signal.aborted) return
    const text = error instanceof Error ? error.message : String(error)
    const message = `Failed to create new replica set "${name}": ${text}`
    const reason = 'ReplicaSetCreateError'
    this.#context.event(this.#deployment, { type: 'Warning', reason, message })
    if (deadlineOf(this.#deployment) === undefined) return
    const change = { type: 'Progressing', status: 'False', reason, message }
    this.#conditions = withCondition(this.#conditions, change, this.#now)
    const { metadata, status } = this.#deployment
    const conditions = this.#conditions
    const told = { ...status, observedGeneration: metadata.generation ?? 0, conditions }
    if (!sameStatus(status, told))
      await this.#context.update(
        Deployment,
        { ...this.#deployment, status: told },
        { subresource: 'status' },
      )
  }

  #sizeOfNewest(): number {
    return isRollingUpdate(this.#deployment)
      ? sizeOfNewest(this.#deployment, this.family)
      : replicasOf(this.#deployment)
  }

  #podsOf({ metadata: { uid = '' } }: ReplicaSetObject): PodObject[] {
    return uid === '' ? [] : this.#context.read(Pod).ownedBy(uid)
  }

  #progress(reason: 'FoundNewReplicaSet' | 'NewReplicaSetCreated'): void {
    if (deadlineOf(this.#deployment) === undefined) return
    const message = progressText(reason, this.#deployment, this.family.newest)
    const change = { type: 'Progressing', status: 'True', reason, message }
    this.#conditions = withCondition(this.#conditions, change, this.#now)
  }

  async #patch(member: Member, metadata: object, spec: object): Promise<void> {
    const { namespace, name = '', resourceVersion } = member.replicaSet.metadata
    const ref = namespace === undefined ? { name } : { namespace, name }
    const body = { metadata: { ...metadata, resourceVersion }, spec }
    const replicaSet = await this.#context.patch(ReplicaSet, ref, { type: 'merge', body })
    this.#replace(member, { ...member, replicaSet })
  }

  #replace(member: Member, by: Member): void {
    const { newest, old } = this.family
    this.family = {
      newest: newest === member ? by : newest,
      old: old.map((each) => (each === member ? by : each)),
    }
  }

  /**
   * The Deployment bears the revision of its new ReplicaSet. Written with the status: that changes no generation, as a
   * change of annotations by itself would.
   */
  #noteRevision(revision: string | undefined): void {
    const { metadata } = this.#deployment
    if (revision === undefined || metadata.annotations?.[revisionAnnotation] === revision) return
    const annotations = { ...metadata.annotations, [revisionAnnotation]: revision }
    this.#deployment = { ...this.#deployment, metadata: { ...metadata, annotations } }
    this.#renumbered = true
  }

  #event(message: string): void {
    this.#context.event(this.#deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message })
  }
}
