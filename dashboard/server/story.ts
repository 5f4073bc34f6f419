/**
 * One Deployment as it went: what of its past stands on the timeline of the page. Told change by change, in order. What it
 * keeps is bounded; the objects of the past themselves are elsewhere.
 */

import { isPodAvailable } from '../../api/pod-status.ts'
import type { Deployment, Pod, ReplicaSet } from '../../api/types.ts'
import type { Moment } from '../../recordings/recording.ts'
import { boundsOf, ceilingOf, floorOf, isRollingUpdate } from '../../rollouts/bounds.ts'
import { hashOf } from '../../rollouts/history.ts'
import type { TimelineMark, TimelineView } from '../protocol.ts'
import { Lane } from './slots.ts'

/** Marks, and numbers over time, that are remembered of each. */
const remembered = 4_000

type Available = TimelineView['available'][number]
type Count = Moment & { pods: number }

interface Track {
  hash: string
  lane: Lane
  counts: Count[]
  pods: Set<string>
}

export class Story {
  readonly name: string
  deployment: Deployment | undefined
  /** Those that are there, by UID. */
  readonly pods = new Map<string, Pod>()
  /** The latest of them. */
  readonly marks: TimelineMark[] = []
  /** How many there ever were. */
  made = 0
  readonly available: Available[] = []
  /** By the ReplicaSet's name. */
  readonly #tracks = new Map<string, Track>()

  constructor(name: string) {
    this.name = name
  }

  mark(mark: TimelineMark): void {
    this.made++
    this.marks.push(mark)
    bound(this.marks)
  }

  putPod(pod: Pod, owner: ReplicaSet, moment: Moment): void {
    const { name = '', uid = '' } = pod.metadata
    this.pods.set(uid, pod)
    const track = this.#track(owner)
    track.lane.add(name, uid, moment)
    track.pods.add(uid)
    count(track, moment)
  }

  removePod({ metadata: { uid = '' } }: Pod, owner: ReplicaSet, moment: Moment): void {
    this.pods.delete(uid)
    const track = this.#track(owner)
    track.lane.remove(uid, moment)
    track.pods.delete(uid)
    count(track, moment)
  }

  /** After what belongs to it has changed. */
  measure(moment: Moment): void {
    if (!this.deployment) return
    const bounds = boundsOf(this.deployment)
    const minReady = this.deployment.spec?.minReadySeconds ?? 0
    const now = Date.parse(moment.at)
    let available = 0
    for (const pod of this.pods.values())
      if (!pod.metadata.deletionTimestamp && isPodAvailable(pod, minReady, now)) available++
    const numbers = {
      available,
      floor: isRollingUpdate(this.deployment) ? floorOf(bounds) : 0,
      ceiling: ceilingOf(bounds),
      desired: bounds.desired,
    }
    const last = this.available.at(-1)
    const same = last && Object.entries(numbers).every(([key, n]) => last[key as 'floor'] === n)
    if (same) return
    push(this.available, { ...numbers, revision: moment.revision, at: moment.at })
  }

  /** `undefined` for a ReplicaSet that never had a pod. */
  lane(replicaSet: string): Lane | undefined {
    return this.#tracks.get(replicaSet)?.lane
  }

  get lanes(): TimelineView['lanes'] {
    return [...this.#tracks].map(([replicaSet, { hash, counts }]) => ({ replicaSet, hash, counts }))
  }

  #track(replicaSet: ReplicaSet): Track {
    const { name = '' } = replicaSet.metadata
    let track = this.#tracks.get(name)
    if (!track) {
      track = { hash: hashOf(replicaSet), lane: new Lane(), counts: [], pods: new Set() }
      this.#tracks.set(name, track)
    }
    return track
  }
}

function count({ counts, pods }: Track, { revision, at }: Moment): void {
  if (counts.at(-1)?.pods !== pods.size) push(counts, { revision, at, pods: pods.size })
}

/** What is of the same revision as the last takes its place. */
function push<T extends Moment>(list: T[], item: T): void {
  if (list.at(-1)?.revision === item.revision) list.pop()
  list.push(item)
  bound(list)
}

function bound(list: unknown[]): void {
  if (list.length > 2 * remembered) list.splice(0, list.length - remembered)
}
