/**
 * How the API servers of a store know of each other: each renews a Lease in `kube-system` that says where it is
 * reached, and whoever has not done so for a while is not there.
 */

import type { Lease } from '../../api/types.ts'
import type { Cluster } from '../../controllers/framework/cluster.ts'
import * as kinds from '../../controllers/framework/kinds.ts'
import { type Clock, microTime } from '../../ports/clock.ts'
import { ensure } from './ensure.ts'

/** Where pods reach a server. */
export interface ServerAddress {
  address: string
  port: number
}

const namespace = 'kube-system'
const identityLabel = 'apiserver.kubernetes.io/identity'
const identity = 'kube-apiserver'
const leaseSeconds = 30

/** Says that this server is there. @returns all that have said so lately, in order, this one among them */
export async function announce(
  { cluster, clock }: { cluster: Cluster; clock: Clock },
  { address, port }: ServerAddress,
): Promise<ServerAddress[]> {
  const now = clock.now()
  const holder = `${address}:${port}`
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: leaseSeconds,
    renewTime: microTime(now),
  }
  const place = { name: `apiserver-${address}-${port}`.replaceAll(':', '-'), namespace }
  const own: Lease = { metadata: { ...place, labels: { [identityLabel]: identity } }, spec }
  const renewed = (found: Lease) => ({ ...found, spec: { ...found.spec, ...spec } })
  await ensure(cluster, kinds.Lease, own, renewed)
  const labelSelector = `${identityLabel}=${identity}`
  const { items } = await cluster.list(kinds.Lease, { namespace, labelSelector })
  const holders = items
    .filter(({ spec }) => now - Date.parse(spec?.renewTime ?? '') < leaseSeconds * 1000)
    .map(({ spec }) => spec?.holderIdentity ?? '')
  return [...new Set([...holders, holder])].sort().map(parseHolder)
}

function parseHolder(holder: string): ServerAddress {
  const colon = holder.lastIndexOf(':')
  return { address: holder.slice(0, colon), port: Number(holder.slice(colon + 1)) }
}
