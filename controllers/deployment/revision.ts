/** The annotations that ReplicaSets get of their Deployment. Pure. */

import type { Deployment } from '../../api/types.ts'
import { boundsOf, ceilingOf, replicasOf } from '../../rollouts/bounds.ts'
import {
  type Annotations,
  desiredAnnotation,
  historyAnnotation,
  maxAnnotation,
  notCopied,
  revisionAnnotation,
} from '../../rollouts/revision.ts'

/** Characters of the history annotation; the oldest revisions make room. */
const historyLimit = 2000

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
