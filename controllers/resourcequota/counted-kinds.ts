/** Kinds of which a quota knows nothing but how many objects there are: `secrets`, `count/deployments.apps`. */

import type { Amounts } from '../../api/pod-resources.ts'
import { countName, one } from '../../api/quota/usage.ts'
import type { Cluster, DiscoveredKind } from '../framework/index.ts'

const known = new Set(['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets'])
/** Counted from what informers know. */
const watched = new Set(['count/pods', 'count/services', 'count/persistentvolumeclaims'])
const pageSize = 500

export const isOnlyCounted = (name: string): boolean =>
  known.has(name) || (name.startsWith('count/') && !watched.has(name))

/** How many there are now, by the names that were asked for; kinds that are not served count none. */
export async function countObjects(
  cluster: Pick<Cluster, 'discover' | 'list'>,
  namespace: string,
  names: readonly string[],
): Promise<Amounts> {
  const counts: Amounts = new Map()
  if (names.length === 0) return counts
  const kinds = await cluster.discover()
  for (const name of names) {
    const counted = name.startsWith('count/') ? name : `count/${name}`
    const kind = kinds.find((each) => each.namespaced && countName(each) === counted)
    if (kind) counts.set(name, BigInt(await count(cluster, namespace, kind)) * one)
  }
  return counts
}

async function count(
  cluster: Pick<Cluster, 'list'>,
  namespace: string,
  kind: DiscoveredKind,
): Promise<number> {
  let total = 0
  let next: string | undefined
  do {
    const more = next === undefined ? {} : { continue: next }
    const page = await cluster.list(kind, {
      namespace,
      limit: pageSize,
      metadataOnly: true,
      ...more,
    })
    total += page.items.length
    next = page.continue
  } while (next)
  return total
}
