/**
 * Status here is memory: why a task ended, which deployment failed. Who looks through an old view must not write an old
 * one over it, nor start what has been started; so before anything is written the object is looked at once past the cache.
 */

import type { Kind, ObjectMeta, Ref } from '../../controllers/framework/index.ts'

type Seen = { metadata: ObjectMeta }
type Live<T> = (kind: Kind<T>, ref: Ref) => Promise<T | undefined>

/** Whether the cluster has another version than this one, or none. */
export async function isOld<T extends Seen>(
  live: Live<T>,
  kind: Kind<T>,
  { metadata }: T,
): Promise<boolean> {
  const current = await live(kind, { namespace: metadata.namespace!, name: metadata.name! })
  return current?.metadata.resourceVersion !== metadata.resourceVersion
}
