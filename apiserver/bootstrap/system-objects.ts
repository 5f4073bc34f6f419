/**
 * What every cluster has before anybody made anything: its own namespaces and priority classes, the range of
 * service addresses and the Service `kubernetes`. Made at start, and put right again now and then.
 */

import type { Cluster } from '../../controllers/framework/cluster.ts'
import * as kinds from '../../controllers/framework/kinds.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import { every } from '../../ports/every.ts'
import { ensure } from './ensure.ts'
import { ensureService } from './kubernetes-service.ts'
import { ensurePriorityClasses } from './priority-classes.ts'
import { ensureServiceCidr } from './service-cidr.ts'

export interface SystemObjectsPorts {
  cluster: Cluster
  clock: Clock
  /** Where Services get their addresses. */
  serviceRange: string
  /** The address of the Service `kubernetes`. */
  serviceAddress: string
  report(error: unknown): void
}

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']
const reviseEvery = 10_000

/**
 * Resolves when everything is there; what is returned ends the care for it.
 * @param begun everything is known to be there already
 */
export async function keepSystemObjects(
  ports: SystemObjectsPorts,
  { begun = false }: { begun?: boolean } = {},
): Promise<Cancel> {
  if (!begun) await revise(ports)
  return every(ports.clock, reviseEvery, () => revise(ports), ports.report)
}

async function revise(ports: SystemObjectsPorts): Promise<void> {
  const { cluster, clock, serviceRange, serviceAddress } = ports
  await Promise.all(
    namespaces.map((name) => ensure(cluster, kinds.Namespace, { metadata: { name } })),
  )
  await ensurePriorityClasses(cluster)
  await ensureServiceCidr(cluster, clock, serviceRange)
  await ensureService(cluster, serviceAddress)
}
