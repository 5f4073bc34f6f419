/** Whether a namespace is there: from the cache; what that has not seen yet is asked for where it is stored. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Lister } from '../registry/lister.ts'
import type { NamespaceLookup } from './namespace-lifecycle.ts'

/** @param served where it is not, whatever somebody names is held to be there */
export function namespaceLookup(lister: Lister, served: boolean): NamespaceLookup {
  if (!served) return async () => ({ terminating: false })
  return async (name) => {
    const found =
      lister.get<KubernetesObject>('namespaces', '', name) ??
      (await lister.live<KubernetesObject>('namespaces', '', name))
    return found && { terminating: found.metadata.deletionTimestamp !== undefined }
  }
}
