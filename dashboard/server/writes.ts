/**
 * What the page may write: going back to an earlier template, pausing and resuming. Each on the condition that what was
 * shown is still what would be done; otherwise it is refused, and what would be done now is shown.
 */

import { formatSelector, fromLabelSelector } from '../../api/selector.ts'
import {
  ApiError,
  type Cluster,
  Deployment,
  isConflict,
  type JsonPatchOperation,
  type Patch,
  ReplicaSet,
} from '../../controllers/framework/index.ts'
import { hashOf } from '../../rollouts/history.ts'
import { foresee } from '../../rollouts/room.ts'
import { sameTemplate } from '../../rollouts/template.ts'
import { ownOf, undoOf } from '../../rollouts/undo.ts'
import type { UndoDone, UndoPlan } from '../protocol.ts'
import { roomOf } from './nodes.ts'
import { Refusal } from './refusal.ts'
import { isSamePlan, undoPlan } from './views/undo.ts'

export const fieldManager = 'tiphys-dashboard'

/** Plans that were shown. */
const remembered = 256
/** Somebody else, such as a controller that writes the status, may be faster now and then. */
const tries = 5

interface Name {
  namespace: string
  name: string
}

interface Family {
  deployment: Deployment
  replicaSets: ReplicaSet[]
}

export class Writes {
  readonly #cluster: Cluster
  /** By what was asked and the version it was asked of. */
  readonly #shown = new Map<string, UndoPlan>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** @throws UndoError where there is nothing to go back to */
  async plan(name: Name, to?: string): Promise<UndoPlan> {
    return this.#show(name, await this.#planOf(await this.#read(name), to))
  }

  /** @throws Refusal 409 with the plan of now, when that is another than the one that was shown */
  async undo(name: Name, to: string, resourceVersion: string): Promise<UndoDone> {
    const shown = (plan: UndoPlan) =>
      plan.resourceVersion === resourceVersion
        ? plan
        : this.#shown.get(keyOf(name, plan.target.hash, resourceVersion))
    for (let left = tries; ; left--) {
      const family = await this.#read(name)
      const plan = await this.#planOf(family, to)
      const before = shown(plan)
      if (!before || !isSamePlan(before, plan) || left === 0) throw this.#changed(name, plan)
      // Also what was asked for without a plan is what it was.
      this.#show(name, plan, resourceVersion)
      const { operations } = undoOf(family.deployment, family.replicaSets, to)
      const written = await this.#write(name, family.deployment, operations)
      if (written)
        return {
          resourceVersion: written.metadata.resourceVersion ?? '',
          redo: presentHash(family),
        }
    }
  }

  /** @param isSeen whether the page has seen this state of it, though it is of another version */
  async pause(
    name: Name,
    paused: boolean,
    resourceVersion: string,
    isSeen: (deployment: Deployment) => boolean,
  ): Promise<void> {
    for (let left = tries; ; left--) {
      const { deployment } = await this.#read(name)
      const same = deployment.metadata.resourceVersion === resourceVersion || isSeen(deployment)
      if (!same || left === 0)
        throw new Refusal(
          409,
          `deployment "${name.name}" has changed meanwhile: nothing was written`,
          'look again, then decide',
        )
      const operation = { op: 'add', path: '/spec/paused', value: paused } as const
      if (await this.#write(name, deployment, [operation])) return
    }
  }

  /**
   * Only onto what was read: its status may have changed since, which changes nothing of what is written.
   * @returns `undefined` when it is another by now
   */
  async #write(
    name: Name,
    { metadata }: Deployment,
    operations: readonly JsonPatchOperation[],
  ): Promise<Deployment | undefined> {
    const read = ['uid', 'generation', 'annotations'] as const
    const tests: JsonPatchOperation[] = read
      .filter((field) => metadata[field] !== undefined)
      .map((field) => ({ op: 'test', path: `/metadata/${field}`, value: metadata[field] }))
    const changes = operations.filter(({ path }) => path !== '/metadata/resourceVersion')
    const patch: Patch = { type: 'json', operations: [...tests, ...changes] }
    try {
      return await this.#cluster.patch(Deployment, name, patch, { fieldManager })
    } catch (error) {
      if (isConflict(error) || isFailedTest(error)) return undefined
      throw error
    }
  }

  async #read(ref: Name): Promise<Family> {
    const deployment = await this.#cluster.get(Deployment, ref)
    if (!deployment)
      throw new Refusal(404, `there is no deployment "${ref.name}"`, 'choose another in the list')
    const labelSelector = formatSelector(fromLabelSelector(deployment.spec?.selector) ?? [])
    const { namespace } = ref
    const { items } = await this.#cluster.list(ReplicaSet, { namespace, labelSelector })
    return { deployment, replicaSets: items }
  }

  async #planOf({ deployment, replicaSets }: Family, to: string | undefined): Promise<UndoPlan> {
    const { target } = undoOf(deployment, replicaSets, to)
    const back = replicaSets.find(({ metadata }) => metadata.name === target.replicaSet)
    // What still runs of the target needs no room.
    const stays = (back?.status?.availableReplicas ?? 0) >= (deployment.spec?.replicas ?? 1)
    const rule = stays ? undefined : foresee(deployment, target.template)
    const forecast = rule && foresee(deployment, target.template, await roomOf(this.#cluster))
    const words = forecast && forecast.fits !== true ? forecast.message : undefined
    return undoPlan({ deployment, replicaSets }, to, words)
  }

  #show(name: Name, plan: UndoPlan, resourceVersion = plan.resourceVersion): UndoPlan {
    this.#shown.set(keyOf(name, plan.target.hash, resourceVersion), plan)
    const [oldest] = this.#shown.keys()
    if (this.#shown.size > remembered && oldest !== undefined) this.#shown.delete(oldest)
    return plan
  }

  #changed(name: Name, plan: UndoPlan): Refusal {
    return new Refusal(
      409,
      `deployment "${name.name}" has changed meanwhile: nothing was written`,
      'look at what would be done now, then decide',
      { plan: this.#show(name, plan) },
    )
  }
}

/** What is wrong with the object itself is told with its fields. */
const isFailedTest = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 422 && !error.details?.causes?.length

const keyOf = ({ namespace, name }: Name, hash: string, resourceVersion: string): string =>
  `${namespace}/${name}/${hash}@${resourceVersion}`

/** What a redo goes back to. */
function presentHash({ deployment, replicaSets }: Family): string {
  const present = ownOf(deployment, replicaSets).find((each) =>
    sameTemplate(each.spec?.template, deployment.spec?.template),
  )
  return present ? hashOf(present) : ''
}
