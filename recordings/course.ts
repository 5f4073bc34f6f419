/** How a rollout went in numbers: whenever one of them changed. Pure. */

import { availableFrom, isPodActive } from '../api/pod-status.ts'
import type { Deployment, Pod, ReplicaSet } from '../api/types.ts'
import { boundsOf, ceilingOf, floorOf, isRollingUpdate } from '../rollouts/bounds.ts'
import { hashOf } from '../rollouts/history.ts'
import { type Change, kinshipOf } from './kinship.ts'
import type { Moment } from './recording.ts'
import type { Timeline } from './timeline.ts'
import type { Name } from './view.ts'

export interface Level {
  available: number
  /** Neither being deleted nor ended: what counts against the ceiling. */
  active: number
  /** The bounds of then. */
  floor: number
  ceiling: number
  desired: number
}

export interface Course {
  available: (Moment & Level)[]
  /** One a ReplicaSet, in the order of their coming: how many pods it had, those being deleted among them. */
  lanes: { replicaSet: string; hash: string; counts: (Moment & { pods: number })[] }[]
}

export function courseOf(timeline: Timeline, name: Name): Course {
  const edge = timeline.edge?.revision ?? 0
  const { deployment, branches } = kinshipOf(timeline, name)
  const steps: Step[] = deployment.map((change) => ({ change, of: 'deployment' }))
  const tracks = branches.map(({ replicaSet, pods }) => trackOf(replicaSet, pods, steps))
  steps.sort((a, b) => a.change.revision - b.change.revision)
  const state: State = { deployment: undefined, pods: new Map() }
  const course: Course = { available: [], lanes: [] }
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at] as Step
    apply(state, step)
    const revision = Math.max(step.change.revision, edge)
    const next = steps[at + 1]
    if (next && Math.max(next.change.revision, edge) === revision) continue
    const moment = { revision, at: timeline.timeOf(revision) }
    if (state.deployment) push(course.available, { ...moment, ...level(state, moment) })
    for (const track of tracks) push(track.counts, { ...moment, pods: track.pods.size })
  }
  const lanes = tracks.filter(({ counts }) => counts.length > 0)
  course.lanes = lanes.map(({ replicaSet, hash, counts }) => ({ replicaSet, hash, counts }))
  return course
}

interface Track {
  replicaSet: string
  hash: string
  /** The uids of those that are there. */
  pods: Set<string>
  counts: (Moment & { pods: number })[]
}

type Step =
  | { of: 'deployment'; change: Change<Deployment> }
  | { of: 'pod'; change: Change<Pod>; track: Track }

interface State {
  deployment: Deployment | undefined
  /** Active ones, with the time from when on each is available, if it is ready. */
  pods: Map<string, number | undefined>
}

function trackOf(
  replicaSet: readonly Change<ReplicaSet>[],
  pods: readonly Change<Pod>[][],
  steps: Step[],
): Track {
  const [last] = replicaSet.flatMap(({ after }) => after ?? []).slice(-1)
  const name = last?.metadata.name ?? ''
  const track: Track = {
    replicaSet: name,
    hash: last ? hashOf(last) : '',
    pods: new Set(),
    counts: [],
  }
  for (const change of pods.flat()) steps.push({ of: 'pod', change, track })
  return track
}

function apply(state: State, step: Step): void {
  if (step.of === 'deployment') {
    state.deployment = step.change.after
    return
  }
  const { after, before } = step.change
  const uid = (after ?? before)?.metadata.uid ?? ''
  if (after) step.track.pods.add(uid)
  else step.track.pods.delete(uid)
  if (after && isPodActive(after)) state.pods.set(uid, availableFrom(after, minReadyOf(state)))
  else state.pods.delete(uid)
}

const minReadyOf = ({ deployment }: State): number => deployment?.spec?.minReadySeconds ?? 0

function level({ deployment, pods }: State, { at }: Moment): Level {
  const now = Date.parse(at)
  let available = 0
  for (const from of pods.values()) if (from !== undefined && !(from > now)) available++
  const bounds = boundsOf(deployment as Deployment)
  return {
    available,
    active: pods.size,
    floor: isRollingUpdate(deployment as Deployment) ? floorOf(bounds) : 0,
    ceiling: ceilingOf(bounds),
    desired: bounds.desired,
  }
}

/** Only what differs from the last. */
function push<T extends Moment>(list: T[], item: T): void {
  const last = list.at(-1)
  const keys = Object.keys(item) as (keyof T)[]
  const same =
    last && keys.every((key) => key === 'revision' || key === 'at' || last[key] === item[key])
  if (!same) list.push(item)
}
