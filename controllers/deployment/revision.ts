/** Revision numbers and the annotations that a Deployment shares with its ReplicaSets. Pure. */

import type { ObjectMeta } from '../../api/object.ts'
import type { Deployment, ReplicaSet } from '../../api/types.ts'
import { boundsOf, ceilingOf, replicasOf } from './bounds.ts'

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
export const historyAnnotation = 'deployment.kubernetes.io/revision-history'
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas'

/** Characters of the history annotation; the oldest revisions make room. */
const historyLimit = 2000

/** What a ReplicaSet says of itself or applies to the Deployment alone is not copied onto ReplicaSets. */
const notCopied: ReadonlySet<string> = new Set([
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

/**
 * The annotations that the newest ReplicaSet should have: the Deployment's own, and a revision above all others. One that
 * was older (a rollback) remembers what it was called before.
 */
export function annotationsOfNewest(
  deployment: Deployment,
  current: Annotations | undefined,
  revision: number,
): Annotations {
  const annotations: Annotations = { ...current }
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!notCopied.has(key)) annotations[key] = value
  const before =
    current && Object.hasOwn(current, revisionAnnotation) ? current[revisionAnnotation] : undefined
  const known = before === undefined ? 0 : Number.parseInt(before, 10)
  if (!(known < revision)) return annotations
  annotations[revisionAnnotation] = String(revision)
  if (before !== undefined)
    annotations[historyAnnotation] = history(annotations[historyAnnotation], before)
  return annotations
}

function history(text: string | undefined, revision: string): string {
  const revisions = text ? text.split(',') : []
  revisions.push(revision)
  while (revisions.length > 1 && revisions.join(',').length > historyLimit) revisions.shift()
  return revisions.join(',')
}

/** What proportional scaling needs to know of the Deployment at the time it last sized a ReplicaSet. */
export const sizeAnnotations = (deployment: Deployment): Annotations => ({
  [desiredAnnotation]: String(replicasOf(deployment)),
  [maxAnnotation]: String(ceilingOf(boundsOf(deployment))),
})

/** Whether `current` already has all of `wanted`. */
export const hasAnnotations = (current: Annotations | undefined, wanted: Annotations): boolean =>
  Object.entries(wanted).every(
    ([key, value]) =>
      current !== undefined && Object.hasOwn(current, key) && current[key] === value,
  )
