/**
 * Which wish about a Deployment stands behind a write of one of its ReplicaSets. A Deployment may be given another size
 * while a template is rolled out: the steps of the rollout are not taken for the sake of the size, nor the other way
 * round.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { differences } from '../../rollouts/difference.ts'
import { desiredAnnotation } from '../../rollouts/revision.ts'
import type { Versions } from './versions.ts'
import { type ObjectWrite, type Subject, wishOf } from './write.ts'

/** Wishes that are passed over. */
const mostWishes = 100

const is = ({ kind, group }: Subject, name: string) => group === 'apps' && kind === name

/** @param wish the last one that the writer had seen. @throws CompactedError, BeyondEdge */
export async function rolloutWish(
  versions: Versions,
  write: ObjectWrite,
  wish: ObjectWrite,
): Promise<ObjectWrite> {
  if (!is(write.subject, 'ReplicaSet') || !is(wish.subject, 'Deployment')) return wish
  const resized = isResized(write)
  let at = wish
  for (let passed = 0; passed < mostWishes; passed++) {
    if (!at.before || at.type !== 'updated' || at.object.metadata.deletionTimestamp) return at
    if (changesOf(at, at.before)[resized ? 'size' : 'rest']) return at
    const version = await versions.at(at.subject.key, at.revision - 1)
    if (!version) return wish
    at = await wishOf(versions, at.subject, version)
  }
  return wish
}

/**
 * The deployment controller notes for which size it has sized a ReplicaSet; what an old one without pods says of it may
 * be old as well.
 */
function isResized({ before, object }: ObjectWrite): boolean {
  if (!before) return false
  const [old, now] = [before, object].map((each) => each.metadata.annotations?.[desiredAnnotation])
  return old !== now && (replicasOf(before) > 0 || old === '0')
}

const replicasOf = ({ spec }: KubernetesObject): number =>
  (spec as { replicas?: number } | undefined)?.replicas ?? 1

function changesOf(wish: ObjectWrite, before: KubernetesObject): { size: boolean; rest: boolean } {
  const paths = differences(before.spec, wish.object.spec).map(({ path }) => path)
  return { size: paths.includes('replicas'), rest: paths.some((path) => path !== 'replicas') }
}
