/** What the page draws of one Deployment, and its row in the list. Pure. */

import type { Lane } from '../../../recordings/slots.ts'
import { imagesOf } from '../../../rollouts/change.ts'
import { driftOf } from '../../../rollouts/drift.ts'
import { historyOf } from '../../../rollouts/history.ts'
import { type Progress, progressOf } from '../../../rollouts/progress.ts'
import type { ListRow, RolloutView } from '../../protocol.ts'
import type { Look } from './look.ts'

export interface Drawing {
  look: Look
  progress: Progress
}

export const drawn = (look: Look): Drawing => ({ look, progress: progressOf(look) })

/** @param laneOf by the uid of a ReplicaSet */
export function rolloutView(
  { look, progress }: Drawing,
  laneOf: (uid: string) => Lane,
  forecast: string | undefined,
): RolloutView {
  const { moment, live, deployment, replicaSets, events, versions } = look
  return {
    moment,
    live,
    progress,
    lanes: progress.revisions.map(({ replicaSet }) => {
      const found = replicaSets.find(({ metadata }) => metadata.name === replicaSet)
      return { replicaSet, ...laneOf(found?.metadata.uid ?? '') }
    }),
    // What templates say is asked for by itself.
    history: historyOf({ deployment, replicaSets, events, versions }).map((entry) => ({
      ...entry,
      template: undefined,
    })),
    paused: deployment.spec?.paused === true,
    resourceVersion: deployment.metadata.resourceVersion ?? '',
    drift: driftOf(deployment),
    ...(forecast !== undefined && { forecast }),
  }
}

export function listRow({ look, progress }: Drawing): ListRow {
  const { namespace, name, outcome, explanation, gauge } = progress
  return {
    namespace,
    name,
    outcome,
    severity: explanation.severity,
    verdict: explanation.verdict,
    desired: gauge.desired,
    available: gauge.oldAvailable + gauge.newAvailable,
    updated: gauge.newAvailable + gauge.newStarting,
    images: imagesOf(look.deployment.spec?.template),
  }
}
