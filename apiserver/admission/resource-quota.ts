/**
 * ResourceQuota: what an object would take is charged on every quota that covers it before it is stored, by comparing
 * and setting the quota's status, so that no number of servers together lets through more than there may be. What
 * was charged for a write that then failed is given back. What deletions give back, a controller counts.
 */

import { type Amounts, amountsOf } from '../../api/pod-resources.ts'
import { formatQuantity } from '../../api/quantity-text.ts'
import { quotaCovers } from '../../api/quota/scope.ts'
import { usageOf } from '../../api/quota/usage.ts'
import type { Pod, ResourceQuota } from '../../api/types.ts'
import type { Lister } from '../registry/lister.ts'
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts'
import { missingAmounts } from './quota-constraints.ts'
import type { QuotaStatuses } from './quota-statuses.ts'
import { refusal } from './refusal.ts'

export function resourceQuota(lister: Lister, statuses: QuotaStatuses): AdmissionPlugin {
  return {
    name: 'ResourceQuota',
    async validate(request) {
      if (!takesFromQuotas(request)) return
      const names = lister.list('resourcequotas', request.namespace).map(({ name }) => name)
      if (names.length === 0) return
      await statuses.inTurn(request.namespace, async () => {
        for (const name of names) await charge(statuses, request, name)
      })
    },
  }
}

/** What passes by itself has never been limited, in either of its groups. */
const uncounted = new Set(['events'])

/** Kinds of which a change, too, may take more than there was. */
const growing = new Set(['services', 'persistentvolumeclaims'])

function takesFromQuotas({
  operation,
  resource,
  subresource,
  namespace,
  object,
}: AdmissionRequest): boolean {
  if (!object || namespace === '' || !resource.namespaced || resource.virtual) return false
  if (uncounted.has(resource.plural)) return false
  if (operation === 'CREATE') return subresource === ''
  if (operation !== 'UPDATE' || resource.group !== '') return false
  if (resource.plural === 'pods') return subresource === 'resize'
  return subresource === '' && growing.has(resource.plural)
}

/** What there would be more of in this quota than before; never less than nothing. */
function deltaOf(
  { operation, resource, object, old }: AdmissionRequest,
  quota: ResourceQuota,
): Amounts {
  const after = usageOf(resource, object!)
  const counted = operation === 'UPDATE' && old && quotaCovers(quota, resource, old)
  const before: Amounts = counted ? usageOf(resource, old) : new Map<string, bigint>()
  const delta: Amounts = new Map()
  for (const [name, amount] of after) {
    const more = amount - (before.get(name) ?? 0n)
    if (more > 0n) delta.set(name, more)
  }
  return delta
}

/** @throws StatusError 403; what this request was charged before is then given back by the pipeline */
async function charge(
  statuses: QuotaStatuses,
  request: AdmissionRequest,
  name: string,
): Promise<void> {
  let charged: Amounts = new Map()
  await statuses.change(request.namespace, name, (quota) => {
    charged = new Map()
    if (!quotaCovers(quota, request.resource, request.object!)) return undefined
    const hard = quota.status?.hard ?? {}
    requireExplicit(request, quota, Object.keys(hard))
    const delta = deltaOf(request, quota)
    charged = new Map([...delta].filter(([name]) => Object.hasOwn(hard, name)))
    if (charged.size === 0) return undefined
    const used = usedAfter(request, quota, charged)
    return request.dryRun ? undefined : used
  })
  if (request.dryRun || charged.size === 0) return
  request.undo ??= []
  request.undo.push(() => statuses.giveBack(request.namespace, name, charged))
}

function requireExplicit(
  request: AdmissionRequest,
  { metadata }: ResourceQuota,
  limited: readonly string[],
): void {
  const { resource, object, operation } = request
  if (resource.group !== '' || resource.plural !== 'pods' || operation !== 'CREATE') return
  const missing = missingAmounts(object as unknown as Pod, limited)
  if (missing !== '')
    throw refusal(request, `failed quota: ${metadata.name}: must specify ${missing}`)
}

/** The new `status.used`. @throws StatusError 403 */
function usedAfter(
  request: AdmissionRequest,
  { metadata, status }: ResourceQuota,
  charged: Amounts,
): Record<string, string> {
  const hard = status?.hard ?? {}
  const used = status?.used ?? {}
  const unknown = [...charged.keys()].filter((name) => !Object.hasOwn(used, name)).sort()
  if (unknown.length > 0)
    throw refusal(
      request,
      `status unknown for quota: ${metadata.name}, resources: ${unknown.join(',')}`,
    )
  const limits = amountsOf(hard)
  const before = amountsOf(used)
  const after = (name: string) => (before.get(name) ?? 0n) + (charged.get(name) ?? 0n)
  const exceeded = [...charged.keys()].filter((name) => after(name) > (limits.get(name) ?? 0n))
  if (exceeded.length > 0) {
    const text = (value: (name: string) => string) =>
      exceeded
        .sort()
        .map((name) => `${name}=${value(name)}`)
        .join(',')
    const requested = text((name) => formatQuantity(charged.get(name) ?? 0n, hard[name] ?? ''))
    throw refusal(
      request,
      `exceeded quota: ${metadata.name}, requested: ${requested}, used: ${text((name) => used[name] ?? '0')}, limited: ${text((name) => hard[name] ?? '0')}`,
    )
  }
  const now = { ...used }
  for (const name of charged.keys()) now[name] = formatQuantity(after(name), hard[name] ?? '')
  return now
}
