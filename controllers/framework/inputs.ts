/** What a controller looks at: the kinds it declares, how a change of each becomes keys to run, and how they are read. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Selector } from '../../api/selector.ts'
import type { WithMeta } from './cluster.ts'
import type { Kind } from './kind.ts'
import type { Scope } from './reflector.ts'

/** The key of one object of the controller's primary kind; `namespace` is empty for cluster-scoped kinds. */
export interface Key {
  namespace: string
  name: string
}

/**
 * The key of an object, for mappers:
 *
 *     .watches(Secret, (secret, read) => read(Site).list().filter(uses(secret)).map(keyOf))
 */
export const keyOf = ({ metadata: { namespace = '', name = '' } }: WithMeta): Key => ({
  namespace,
  name,
})

/** What an informer knows of one kind, at one moment. Objects are shared: they must not be changed. */
export interface Reader<T> {
  get(namespace: string, name: string): T | undefined
  /** All namespaces without `namespace`. */
  list(options?: { namespace?: string; selector?: Selector }): T[]
  /** Objects whose controller owner reference (or any, with `any`) names this object, or this uid. From an index. */
  ownedBy(owner: WithMeta | string, options?: { any?: boolean }): T[]
}

/** What informers know, kind by kind; as in `Context`. */
export type Read<Readable> = <T extends Readable & WithMeta>(kind: Kind<T>) => Reader<T>

/**
 * Which keys of the primary kind an object of another kind concerns; applied to the old and the new object. It writes
 * nothing and waits for nothing, but may look things up (`read`) among the kinds declared before it: whose selector
 * matches a pod, who owns its owner.
 */
export type Mapper<T, Readable = KubernetesObject> = (object: T, read: Read<Readable>) => Key[]

/** `scope`: which objects of the kind are looked at; one scope a kind in one controller. */
export type Input =
  /** Watched and written: what the primary object has made. */
  | { role: 'owns'; kind: Kind; scope?: Scope }
  | { role: 'watches'; kind: Kind; map: Mapper<KubernetesObject>; scope?: Scope }
  | { role: 'reads'; kind: Kind; scope?: Scope }
  /** Written and not looked at; `subresources` are written as well. */
  | { role: 'writes'; kind: Kind; scope?: undefined; subresources?: readonly string[] }

/**
 * Any kind, for `.writes(anyKind)`: a controller that treats all kinds alike, such as one that empties namespaces. Its
 * role allows it every resource of every group.
 */
export const anyKind: Kind<WithMeta> = {
  group: '*',
  version: '*',
  kind: '*',
  plural: '*',
  namespaced: true,
}
