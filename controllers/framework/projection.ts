/** Kinds of which a controller keeps only a part: the rest is dropped before it is stored, so it costs no memory. */

import type { KubernetesObject, ObjectMeta } from '../../api/object.ts'
import type { WithMeta } from './cluster.ts'
import { type Kind, kindKey } from './kind.ts'

/** An object with its metadata, and of the rest what was kept. */
export type Projected<Part> = { apiVersion?: string; kind?: string; metadata: ObjectMeta } & Part

type Project = (object: KubernetesObject) => object

interface Projection {
  readonly id: number
  readonly project: Project
}

const projections = new WeakMap<Kind, Projection>()
let made = 0

/**
 * `kind`, of which only what `part` answers is kept beside the metadata. For reading: declare and read the value that
 * this returns. Make it once, where kinds are made; all who use it share one cache.
 *
 *     const SecretKeys = projected(Secret, ({ data }) => ({ keys: Object.keys(data ?? {}) }))
 *     controller(Site).reads(SecretKeys).reconcile(async (site, { read }) => {
 *       const { keys } = read(SecretKeys).get('default', 'tls') ?? { keys: [] }
 *     })
 */
export function projected<T extends WithMeta, Part extends object>(
  kind: Kind<T>,
  part: (object: T) => Part,
): Kind<Projected<Part>> {
  const own = { ...kind } as unknown as Kind<Projected<Part>>
  projections.set(own as Kind, { id: ++made, project: part as unknown as Project })
  return own
}

/** What is kept of an object of `kind`: all of it, unless the kind is a projection. */
export function keptOf<T extends WithMeta>(kind: Kind<T>, object: T): T {
  const projection = projections.get(kind as Kind)
  if (!projection) return object
  const { apiVersion, kind: name, metadata } = object as unknown as KubernetesObject
  const part = projection.project(object as unknown as KubernetesObject)
  return { ...part, apiVersion, kind: name, metadata } as unknown as T
}

/** As `kindKey`, but each projection of a kind is another. */
export function cacheKey(kind: Kind): string {
  const projection = projections.get(kind)
  return projection ? `${kindKey(kind)}#${projection.id}` : kindKey(kind)
}
