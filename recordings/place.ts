/** Where an object stands among others: its kind, namespace and name; objects that follow each other there share a place. */

import type { KubernetesObject } from '../api/object.ts'

export interface Place {
  /** `Pod`, `Deployment`; with the group behind it where that is neither the core group nor `apps`: `Job.batch`. */
  kind: string
  /** Empty for objects without a namespace. */
  namespace: string
  name: string
}

export function placeOf({ apiVersion = 'v1', kind = '', metadata }: KubernetesObject): Place {
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  const { namespace = '', name = '' } = metadata
  return { kind: group === '' || group === 'apps' ? kind : `${kind}.${group}`, namespace, name }
}

/** One text for each place. */
export const placeKey = ({ kind, namespace, name }: Place): string => `${kind}/${namespace}/${name}`

/** 0 where it has none, or one that is no number. */
export const revisionIn = ({ metadata }: KubernetesObject): number =>
  Number(metadata.resourceVersion) || 0
