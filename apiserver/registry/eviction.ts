/**
 * `pods/eviction`: a deletion that asks the pod's disruption budget first, and takes one disruption from it. Whoever is
 * refused (429) tries again later.
 */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { Pod, PodDisruptionBudget } from '../../api/types.ts'
import { eviction } from '../schema/decode.ts'
import { admitAlone } from './admission-request.ts'
import { readLive, required } from './current.ts'
import { decodeBody } from './decoding.ts'
import { remove } from './delete.ts'
import { budgetOf, ignoresBudget, needsNoBudget, withOneLess } from './disruption-budget.ts'
import { setPodCondition } from './pod-condition.ts'
import type { PodAction } from './pod-subresources.ts'
import type { RegistryPorts } from './ports.ts'
import type { DeleteOptions, WriteOptions } from './registry.ts'
import { update } from './update.ts'

interface Eviction extends KubernetesObject {
  deleteOptions?: Omit<DeleteOptions, 'dryRun'> & { dryRun?: string[] }
}

export async function evict(request: PodAction): Promise<void> {
  const { ports, target, body, options, context } = request
  const wish = decodeBody<Eviction>(body, eviction, options, context)
  const { dryRun: dryRuns = [], ...deletion } = wish.deleteOptions ?? {}
  const dryRun = options.dryRun || dryRuns.includes('All')
  const subject = { operation: 'CREATE', kind: eviction, object: wish } as const
  await admitAlone(ports, target, subject, { ...options, dryRun }, context)
  await takeDisruption(request, { ...options, dryRun })
  const make = (old: KubernetesObject | undefined) => disrupted(ports, old!, deletion)
  const change = { make, part: 'own', whole: false, admitted: true } as const
  const { object } = await update(ports, target, change, { ...options, dryRun }, context)
  const { preconditions } = deletion
  // The version that was asked for is the one before it was told why it goes.
  const still = preconditions?.resourceVersion && {
    preconditions: { ...preconditions, resourceVersion: object.metadata.resourceVersion },
  }
  await remove(ports, target, { ...deletion, ...still, dryRun }, context, true)
}

/** @throws StatusError 403, 429, 500 */
async function takeDisruption(
  { ports, target, context, registry }: PodAction,
  options: WriteOptions,
): Promise<void> {
  const { namespace, name } = target
  const { object } = required(await readLive(ports, target), target)
  const pod = object as unknown as Pod
  const resource = registry.find('policy', 'v1', 'poddisruptionbudgets')
  if (!resource || needsNoBudget(pod)) return
  await ports.hub.fresh()
  const budgets = ports.cacheOf(resource).list({ namespace }).items
  const found = budgets.map(({ object }) => object as unknown as PodDisruptionBudget)
  const budget = budgetOf(pod, found)
  if (!budget || ignoresBudget(pod, budget)) return
  const make = (old: KubernetesObject | undefined) =>
    withOneLess(
      cloneJson(old) as unknown as PodDisruptionBudget,
      name,
      ports.clock.now(),
    ) as KubernetesObject
  const change = { make, part: 'own', whole: false, admitted: true } as const
  const place = { resource, namespace, name: budget.metadata.name ?? '', subresource: 'status' }
  await update(ports, place, change, options, context)
}

/** Says why the pod goes, before it goes. */
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
