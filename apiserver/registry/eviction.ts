/**
 * `pods/eviction`: a deletion that asks the pod's disruption budget first, and takes one disruption from it. Whoever is
 * refused (429) tries again later.
 */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { Pod, PodDisruptionBudget } from '../../api/types.ts'
import { StatusError } from '../http/status.ts'
import { eviction } from '../schema/decode.ts'
import { admitAlone } from './admission-request.ts'
import { checkBodyName } from './body-name.ts'
import { readLive, required } from './current.ts'
import { decodeBody } from './decoding.ts'
import { remove } from './delete.ts'
import {
  budgetOf,
  canNotServe,
  ignoresBudget,
  needsNoBudget,
  withOneLess,
} from './disruption-budget.ts'
import { checkDeleteOptions, isDryRun } from './options.ts'
import { setPodCondition } from './pod-condition.ts'
import type { PodAction } from './pod-subresources.ts'
import type { RegistryPorts } from './ports.ts'
import type { DeleteOptions, WriteOptions } from './registry.ts'
import { update } from './update.ts'

/** Of one eviction, where the pod changes between the decision and the deed. */
const mostTries = 20

interface Eviction extends KubernetesObject {
  deleteOptions?: Omit<DeleteOptions, 'dryRun'> & { dryRun?: string[] }
}

export async function evict(request: PodAction): Promise<void> {
  const { ports, target, body, options, context } = request
  const wish = decodeBody<Eviction>(body, eviction, options, context)
  checkBodyName(wish, target.name)
  const { dryRun: dryRuns = [], ...deletion } = wish.deleteOptions ?? {}
  // A disruption is taken before the pod is deleted: nothing of that may be refused then.
  checkDeleteOptions(deletion)
  const dryRun = isDryRun(dryRuns, 'DeleteOptions') || options.dryRun === true
  const subject = { operation: 'CREATE', kind: eviction, object: wish } as const
  const write = { ...options, dryRun }
  await admitAlone(ports, target, subject, write, context)
  const asked = deletion.preconditions?.resourceVersion
  let before: string | undefined
  for (let tries = 1; ; tries++) {
    const seen = await takeDisruption(request, write)
    const resourceVersion = asked ?? seen
    const preconditions = resourceVersion && { ...deletion.preconditions, resourceVersion }
    try {
      await expel(request, { ...deletion, ...(preconditions && { preconditions }) }, write)
      return
    } catch (error) {
      const overtaken = error instanceof StatusError && error.reason === 'Conflict'
      if (!overtaken || asked || !seen || seen === before || tries === mostTries) throw error
      before = seen
    }
  }
}

/** Says why the pod goes, and has it go. */
async function expel(
  { ports, target, context }: PodAction,
  deletion: DeleteOptions,
  options: WriteOptions,
): Promise<void> {
  const make = (old: KubernetesObject | undefined) => disrupted(ports, old!, deletion)
  const change = { make, part: 'own', whole: false, admitted: true } as const
  const { object } = await update(ports, target, change, options, context)
  const { preconditions } = deletion
  // The version that was asked for is the one before it was told why it goes.
  const still = preconditions?.resourceVersion && {
    preconditions: { ...preconditions, resourceVersion: object.metadata.resourceVersion },
  }
  const { dryRun = false } = options
  await remove(ports, target, { ...deletion, ...still, dryRun }, context, true)
}

/**
 * @returns the version of a pod that may go as it stands, but not if it has come to serve meanwhile; else nothing
 * @throws StatusError 403, 429, 500
 */
async function takeDisruption(
  { ports, target, context, registry }: PodAction,
  options: WriteOptions,
): Promise<string | undefined> {
  const { namespace, name } = target
  const { object } = required(await readLive(ports, target), target)
  const pod = object as unknown as Pod
  const resource = registry.find('policy', 'v1', 'poddisruptionbudgets')
  const version = object.metadata.resourceVersion
  if (!resource || canNotServe(pod)) return undefined
  if (needsNoBudget(pod)) return version
  await ports.hub.fresh()
  const budgets = ports.cacheOf(resource).list({ namespace }).items
  const found = budgets.map(({ object }) => object as unknown as PodDisruptionBudget)
  const budget = budgetOf(pod, found)
  if (!budget) return undefined
  if (ignoresBudget(pod, budget)) return version
  const make = (old: KubernetesObject | undefined) =>
    withOneLess(
      cloneJson(old) as unknown as PodDisruptionBudget,
      name,
      ports.clock.now(),
    ) as KubernetesObject
  const change = { make, part: 'own', whole: false, admitted: true } as const
  const place = { resource, namespace, name: budget.metadata.name ?? '', subresource: 'status' }
  await update(ports, place, change, options, context)
  return undefined
}

/** The pod with the reason why it goes. */
function disrupted(
  { clock }: RegistryPorts,
  old: KubernetesObject,
  { preconditions }: DeleteOptions,
): KubernetesObject {
  const pod = cloneJson(old) as unknown as Pod
  const { phase } = pod.status ?? {}
  if (preconditions?.uid) pod.metadata.uid = preconditions.uid
  if (preconditions?.resourceVersion) pod.metadata.resourceVersion = preconditions.resourceVersion
  const leaving = pod.metadata.deletionTimestamp !== undefined
  if (!leaving && phase !== 'Succeeded' && phase !== 'Failed')
    setPodCondition(
      pod,
      {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      },
      clock.now(),
    )
  return pod as unknown as KubernetesObject
}
