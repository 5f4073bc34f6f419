/** Whether a namespace is there: from the cache; what that has not seen yet is asked for where it is stored. */

import type { Lister } from '../registry/lister.ts'
import { readThrough } from '../registry/read-through.ts'
import type { NamespaceLookup } from './namespace-lifecycle.ts'

/** @param served where it is not, whatever somebody names is held to be there */
export function namespaceLookup(lister: Lister, served: boolean): NamespaceLookup {
  if (!served) return async () => ({ terminating: false })
  return async (name) => {
    const found = await readThrough(lister, 'namespaces', '', name)
    return found && { terminating: found.metadata.deletionTimestamp !== undefined }
  }
}
