/** Puts one object in place. Several servers do it at the same moment: losing that race is as good as winning it. */

import { same } from '../../api/same.ts'
import {
  type Cluster,
  isAlreadyExists,
  isConflict,
  type WithMeta,
} from '../../controllers/framework/cluster.ts'
import type { Kind } from '../../controllers/framework/kind.ts'

/** Creates what is missing; what is there stays as it is, unless `change` says how it should be. */
export async function ensure<T extends WithMeta>(
  cluster: Pick<Cluster, 'get' | 'create' | 'update'>,
  kind: Kind<T>,
  wanted: T,
  change?: (found: T, wanted: T) => T,
): Promise<void> {
  try {
    const { name = '', namespace } = wanted.metadata
    const found = await cluster.get(kind, { name, namespace })
    if (!found) await cluster.create(kind, wanted)
    else if (change) {
      const next = change(found, wanted)
      if (!same(next, found)) await cluster.update(kind, next)
    }
  } catch (error) {
    if (!isAlreadyExists(error) && !isConflict(error)) throw error
  }
}
