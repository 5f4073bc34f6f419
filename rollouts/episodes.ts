/**
 * What a Deployment's versions tell of its rollouts, one after the other: who wrote a template, when exactly, and when it was
 * all there was. Known where its history is kept; of what was there before that nothing is said. Pure.
 */

import type { Deployment, PodTemplateSpec } from '../api/types.ts'
import type { WriteRecord } from '../api/write-record.ts'
import { boundsOf } from './bounds.ts'
import { conditionOf } from './condition.ts'
import { sameTemplate } from './template.ts'

/** One version of a Deployment, and the write that made it. */
export interface DeploymentVersion {
  object: Deployment
  /** RFC 3339. */
  at: string
  by?: WriteRecord
}

export interface Episode {
  template: PodTemplateSpec | undefined
  by: WriteRecord | undefined
  /** RFC 3339. */
  began: string
  /** Milliseconds until it was complete. */
  took: number | undefined
  /** `undefined`: it is under way. */
  outcome: 'complete' | 'failed' | 'superseded' | undefined
}

/** @param versions in their order, from the oldest that is kept */
export function episodesOf(versions: readonly DeploymentVersion[]): Episode[] {
  const episodes: Episode[] = []
  let before: Deployment | undefined
  let current: Episode | undefined
  for (const { object, at, by } of versions) {
    const another = before?.metadata.uid !== object.metadata.uid
    const first = another && by?.verb !== undefined && isNew(object)
    if (first || (!another && !sameTemplate(before?.spec?.template, object.spec?.template))) {
      if (current) current.outcome ??= 'superseded'
      const { template } = object.spec ?? {}
      current = { template, by, began: at, took: undefined, outcome: undefined }
      episodes.push(current)
    } else if (another) current = undefined
    if (current) decide(current, object, at)
    before = object
  }
  return episodes
}

const isNew = ({ metadata }: Deployment): boolean => (metadata.generation ?? 1) === 1

/** What is decided stays so: that it is scaled later is no rollout; a deadline that passed may be made good. */
function decide(episode: Episode, deployment: Deployment, at: string): void {
  const { metadata, status } = deployment
  if (episode.outcome === 'complete') return
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 1)) return
  const reason = conditionOf(status?.conditions, 'Progressing')?.reason
  if (reason === 'ProgressDeadlineExceeded') episode.outcome = 'failed'
  if (!isAllThereIs(deployment)) return
  episode.outcome = 'complete'
  episode.took = Date.parse(at) - Date.parse(episode.began)
}

/** By its counts: the condition says for a moment yet that the template before was complete. */
function isAllThereIs(deployment: Deployment): boolean {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = deployment.status ?? {}
  const { desired } = boundsOf(deployment)
  return [updatedReplicas, replicas, availableReplicas].every((count) => count === desired)
}
