/**
 * Reading objects of other kinds from the caches, for what decides about writes (admission, authorization, allocation):
 * at once, without a request, and never older than what this server has seen. Objects that several versions show are
 * those that are stored.
 */

import type { Observable } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import type { CachedObject, CacheEvent } from '../watch/cached-object.ts'

/** A kind by its place in the store: `pods`, `limitranges`, `priorityclasses.scheduling.k8s.io`. */
export type QualifiedName = string

export interface Lister {
  /** Shared: not to be changed. `undefined` also where the kind is not served. */
  get<T = KubernetesObject>(kind: QualifiedName, namespace: string, name: string): T | undefined
  /** All of a namespace, or of all where it is empty; parsed only when `object` is read. */
  list(kind: QualifiedName, namespace: string): readonly CachedObject[]
  /** The same from the store itself, for what must not be a moment old. */
  live<T = KubernetesObject>(
    kind: QualifiedName,
    namespace: string,
    name: string,
  ): Promise<T | undefined>
  /** All there are, as ADDED, then every change; for those who keep something compiled. Empty where it is not served. */
  changes(kind: QualifiedName): Observable<CacheEvent>
}
