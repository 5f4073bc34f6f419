/** A lister that knows the objects it is given: for tests of what decides by other objects. */

import { EMPTY } from 'rxjs'
import type { KubernetesObject } from '../../../api/object.ts'
import type { CachedObject } from '../../watch/cached-object.ts'
import type { Lister, QualifiedName } from '../lister.ts'

/** What is put into a list later is there from then on. */
export function givenObjects(given: Record<QualifiedName, KubernetesObject[]>): Lister {
  const cached = new WeakMap<KubernetesObject, CachedObject>()
  const all = (kind: QualifiedName) => (Object.hasOwn(given, kind) ? (given[kind] ?? []) : [])
  const find = (kind: QualifiedName, namespace: string, name: string) =>
    all(kind).find(
      ({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === namespace,
    )
  const asCached = (object: KubernetesObject): CachedObject => {
    let made = cached.get(object)
    if (!made) {
      const { name = '', namespace = '', uid = '', labels = {} } = object.metadata
      const part = { name, namespace, uid, labels: new Map(Object.entries(labels)), object }
      made = part as unknown as CachedObject
      cached.set(object, made)
    }
    return made
  }
  return {
    get: <T>(kind: QualifiedName, namespace: string, name: string) =>
      find(kind, namespace, name) as T | undefined,
    list: (kind, namespace) =>
      all(kind)
        .filter(({ metadata }) => namespace === '' || metadata.namespace === namespace)
        .map(asCached),
    live: async <T>(kind: QualifiedName, namespace: string, name: string) =>
      find(kind, namespace, name) as T | undefined,
    changes: () => EMPTY,
  }
}
