/** Objects of other kinds, for decisions that must not take what is new for what is missing. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Lister, QualifiedName } from './lister.ts'

/** From the cache; what that has not seen yet is asked for where it is stored. */
export async function readThrough<T = KubernetesObject>(
  lister: Pick<Lister, 'get' | 'live'>,
  kind: QualifiedName,
  namespace: string,
  name: string,
): Promise<T | undefined> {
  return lister.get<T>(kind, namespace, name) ?? lister.live<T>(kind, namespace, name)
}
