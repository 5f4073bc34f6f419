/** Revision numbers, and the annotations in which a Deployment and its ReplicaSets keep them. Pure. */

import type { ObjectMeta } from '../api/object.ts'
import type { ReplicaSet } from '../api/types.ts'

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
export const historyAnnotation = 'deployment.kubernetes.io/revision-history'
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas'

/** What a ReplicaSet says of itself or applies to the Deployment alone is not copied onto ReplicaSets. */
export const notCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
])

export type Annotations = Record<string, string>

/** `undefined` when absent or not a whole number. */
export function numberIn({ annotations }: ObjectMeta, key: string): number | undefined {
  const text = annotations && Object.hasOwn(annotations, key) ? annotations[key] : undefined
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}

export const revisionOf = ({ metadata }: { metadata: ObjectMeta }): number =>
  numberIn(metadata, revisionAnnotation) ?? 0

export const highestRevision = (replicaSets: readonly ReplicaSet[]): number =>
  replicaSets.reduce((highest, each) => Math.max(highest, revisionOf(each)), 0)
