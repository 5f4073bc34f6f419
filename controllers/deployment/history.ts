/** Which old ReplicaSets have outlived `revisionHistoryLimit`. Pure. */

import type { Deployment } from '../../api/types.ts'
import { replicasOf } from '../../rollouts/bounds.ts'
import { unlimited } from '../../rollouts/deadline.ts'
import { byRevision, type Member } from '../../rollouts/family.ts'
import { isObserved } from './replica-sets.ts'

/** Lowest revisions first; none that has, wants or may yet get pods. */
export function outlived({ spec }: Deployment, old: readonly Member[]): Member[] {
  const limit = spec?.revisionHistoryLimit ?? unlimited
  if (limit === unlimited) return []
  const kept = old.filter(({ replicaSet }) => !replicaSet.metadata.deletionTimestamp)
  const surplus = kept.length - limit
  if (surplus <= 0) return []
  return kept
    .sort(byRevision)
    .slice(0, surplus)
    .filter(
      (member) =>
        (member.replicaSet.status?.replicas ?? 0) === 0 &&
        replicasOf(member.replicaSet) === 0 &&
        isObserved(member),
    )
}
