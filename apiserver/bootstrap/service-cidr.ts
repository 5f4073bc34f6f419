/** The ServiceCIDR `kubernetes`: the range that the server was told to give addresses from, as an object. */

import type { ServiceCIDR } from '../../api/types.ts'
import { type Cluster, isConflict, isNotFound } from '../../controllers/framework/cluster.ts'
import type { Kind } from '../../controllers/framework/kind.ts'
import { type Clock, time } from '../../ports/clock.ts'
import { defaultServiceCidr as name } from '../resources/networking/service-cidr.ts'
import { ensure } from './ensure.ts'

const kind: Kind<ServiceCIDR> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
}

/**
 * Made where it is missing, and said to be ready where nobody has said whether it is. One of another range stays as it
 * is: Services have addresses of it. Nothing is done where the kind is not served.
 */
export async function ensureServiceCidr(
  cluster: Cluster,
  clock: Clock,
  range: string,
): Promise<void> {
  try {
    await ensure(cluster, kind, { metadata: { name }, spec: { cidrs: [range] } })
    const found = await cluster.get(kind, { name })
    if (!found || found.metadata.deletionTimestamp || found.spec?.cidrs?.[0] !== range) return
    const conditions = found.status?.conditions ?? []
    if (conditions.some(({ type, status }) => type === 'Ready' && status !== 'Unknown')) return
    await cluster.update(kind, readyAt(found, clock), { subresource: 'status' })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

const readyAt = (range: ServiceCIDR, clock: Clock): ServiceCIDR => ({
  ...range,
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: '',
        message: 'Kubernetes default Service CIDR is ready',
        lastTransitionTime: time(clock.now()),
      },
    ],
  },
})
