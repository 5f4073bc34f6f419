/** A Deployment with all that belongs to it, as it is or as it was at a moment that is looked at. */

import type { Deployment } from '../../../api/types.ts'
import type { Moment } from '../../../recordings/recording.ts'
import type { Timeline } from '../../../recordings/timeline.ts'
import type { DeploymentVersion } from '../../../rollouts/episodes.ts'
import type { Snapshot } from '../../../rollouts/snapshot.ts'

export interface Look extends Required<Snapshot> {
  moment: Moment
  live: boolean
  /** Of the Deployment, up to then, oldest first. */
  versions: readonly DeploymentVersion[]
}

/** As it is; `undefined` when there is none. @param now milliseconds since the epoch */
export function present(
  timeline: Timeline,
  namespace: string,
  name: string,
  now: number,
): Look | undefined {
  const { head } = timeline
  return head && look(timeline, { namespace, name }, { moment: head, live: true, now })
}

/** As it was; `undefined` also where nothing is known of that moment. */
export const past = (
  timeline: Timeline,
  namespace: string,
  name: string,
  moment: Moment,
): Look | undefined =>
  look(timeline, { namespace, name }, { moment, live: false, now: Date.parse(moment.at) })

function look(
  timeline: Timeline,
  name: { namespace: string; name: string },
  { moment, live, now }: Pick<Look, 'moment' | 'live' | 'now'>,
): Look | undefined {
  const snapshot = timeline.at(moment.revision, now)?.snapshotOf(name)
  if (!snapshot) return undefined
  const { events = [], logs = [] } = snapshot
  const versions = versionsOf(timeline, name, moment)
  return { ...snapshot, events, logs, now, moment, live, versions }
}

function versionsOf(
  timeline: Timeline,
  name: { namespace: string; name: string },
  { revision }: Moment,
): DeploymentVersion[] {
  const history = timeline.historyOf({ kind: 'Deployment', ...name })
  const kept = (history?.all() ?? []).filter((each) => !each.gone && each.revision <= revision)
  return kept.map(({ object, revision, by }) => ({
    object: object as Deployment,
    at: timeline.timeOf(revision),
    ...(by && { by }),
  }))
}
