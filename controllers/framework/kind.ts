/** A kind as a value: what a cluster needs to address its objects, and the type of those objects. */

import type { KubernetesObject } from '../../api/object.ts'

declare const objectType: unique symbol

/** A kind of object as the API serves it. A value: types follow from it, and requests are addressed by it. */
export interface Kind<T = KubernetesObject> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Carries the object's type; never there at run time. */
  readonly [objectType]?: T
}

/** The type of the objects of a kind. */
export type ObjectOfKind<K> = K extends Kind<infer T> ? T : never

/** `apps/v1`, or `v1` for the core group. */
export const apiVersion = ({ group, version }: { group: string; version: string }): string =>
  group === '' ? version : `${group}/${version}`

/** Two kinds are the same when they address the same resource. */
export const kindKey = (kind: Kind<never> | Kind): string =>
  `${kind.group}/${kind.version}/${kind.plural}`
