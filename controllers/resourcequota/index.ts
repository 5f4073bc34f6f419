/**
 * Counts what each quota's namespace takes and says so in its status. Admission adds to the count as objects come;
 * what goes, and what was limited only now, is counted here.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { type Amounts, addAmounts } from '../../api/pod-resources.ts'
import { formatQuantity } from '../../api/quantity-text.ts'
import { quotaCovers } from '../../api/quota/scope.ts'
import { usageOf } from '../../api/quota/usage.ts'
import { same } from '../../api/same.ts'
import type {
  PersistentVolumeClaim as ClaimObject,
  Pod as PodObject,
  ResourceQuota as QuotaObject,
  Service as ServiceObject,
} from '../../api/types.ts'
import {
  type Cluster,
  type ContextOf,
  type Controller,
  controller,
  type Key,
  type Kind,
  PersistentVolumeClaim,
  Pod,
  type Read,
  ResourceQuota,
  type Result,
  Service,
  type WithMeta,
} from '../framework/index.ts'
import { countObjects, isOnlyCounted } from './counted-kinds.ts'
import { Falls } from './falls.ts'

type Watched = QuotaObject | PodObject | ServiceObject | ClaimObject

/** Objects that are only counted are not watched: who limits them has them counted as often as this, milliseconds. */
const countEvery = 5_000

const counting = controller(ResourceQuota)
  .named('resourcequota')
  .watches(Pod, quotasOf)
  .watches(Service, quotasOf)
  .watches(PersistentVolumeClaim, quotasOf)

/** @param cluster for kinds that no informer knows */
export function resourceQuotaController(cluster: Pick<Cluster, 'discover' | 'list'>): Controller {
  const falls = new Falls()
  return counting.reconcile((quota, context) => reconcile(quota, context, cluster, falls))
}

function quotasOf({ metadata: { namespace = '' } }: WithMeta, read: Read<QuotaObject>): Key[] {
  return read(ResourceQuota)
    .list({ namespace })
    .map(({ metadata: { name = '' } }) => ({ namespace, name }))
}

async function reconcile(
  quota: QuotaObject,
  { read, update, clock }: ContextOf<typeof counting>,
  cluster: Pick<Cluster, 'discover' | 'list'>,
  falls: Falls,
): Promise<Result> {
  const { namespace = '' } = quota.metadata
  const hard = quota.spec?.hard ?? {}
  const usage: Amounts = new Map(Object.keys(hard).map((name) => [name, 0n]))
  const add = <T extends Watched>(kind: Kind<T>) => {
    for (const object of read(kind).list({ namespace }))
      if (quotaCovers(quota, kind, object as unknown as KubernetesObject))
        addAmounts(usage, usageOf(kind, object as unknown as KubernetesObject))
  }
  add(Pod)
  add(Service)
  add(PersistentVolumeClaim)
  const counted = isScoped(quota) ? [] : Object.keys(hard).filter(isOnlyCounted)
  addAmounts(usage, await countObjects(cluster, namespace, counted))
  const used = Object.fromEntries(
    Object.entries(hard).map(([name, limit]) => [
      name,
      formatQuantity(usage.get(name) ?? 0n, limit),
    ]),
  )
  const status = { hard, used }
  const requeueAfter = falls.waitFor(quota, used, clock)
  if (requeueAfter > 0) return { requeueAfter }
  if (!same(quota.status, status))
    await update(ResourceQuota, { ...quota, status }, { subresource: 'status' })
  return counted.length > 0 ? { requeueAfter: countEvery } : undefined
}

/** Scopes describe pods and claims: nothing else is in any. */
const isScoped = ({ spec }: QuotaObject): boolean =>
  (spec?.scopes ?? []).length > 0 || spec?.scopeSelector !== undefined
