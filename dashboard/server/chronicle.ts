/**
 * What each line means for those who look: which Deployment it concerns, and what it puts on that one's timeline. The past
 * itself is the timeline's; here is only what is new.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Deployment, Event, Pod, ReplicaSet } from '../../api/types.ts'
import type { WriteRecord } from '../../api/write-record.ts'
import {
  deploymentRemarks,
  eventRemarks,
  podRemarks,
  type Remark,
  replicaSetRemarks,
} from '../../recordings/marks.ts'
import { placeOf } from '../../recordings/place.ts'
import type { Deletion, Line, Put } from '../../recordings/recording.ts'
import type { Timeline } from '../../recordings/timeline.ts'
import type { TimelineMark } from '../protocol.ts'
import { familyName } from './family-name.ts'

/** Marks of one Deployment that are remembered: more stand on its timeline. */
const remembered = 2_000

/** Deployments of which there is news, before those that are forgotten are looked for. */
const names = 1_000

/** What is new of one Deployment. */
export interface News {
  /** The latest. */
  marks: TimelineMark[]
  /** How many there ever were. */
  made: number
  /** Changes whenever a pod comes or goes. */
  members: number
}

export class Chronicle {
  readonly #news = new Map<string, News>()
  readonly #timeline: Timeline
  #begun = false
  /** Names that there may be before some are dropped. */
  #room = names

  /** @param timeline has each line before it is told here */
  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  of(name: string): News | undefined {
    return this.#news.get(name)
  }

  /** @returns the Deployments that it concerns */
  tell(line: Line): string[] {
    switch (line.type) {
      case 'KEYFRAME':
        return this.#all(line.objects)
      case 'PUT':
      case 'DELETE':
        return this.#change(line)
      case 'LOG': {
        const { namespace = '' } = this.#timeline.header ?? {}
        const place = { kind: 'Pod', namespace, name: line.pod.name }
        const pod = this.#timeline.historyOf(place)?.at(Number.POSITIVE_INFINITY)
        return [(pod && familyName(this.#timeline, pod.object)) ?? []].flat()
      }
      case 'HEADER':
      case 'MARK':
      case 'END':
        return []
      default:
        return line satisfies never
    }
  }

  /** What is there puts nothing on the timeline; a later keyframe may say that something is gone. */
  #all(objects: readonly KubernetesObject[]): string[] {
    const names = objects
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => metadata.name ?? '')
    const known = this.#begun ? [...this.#news.keys()] : []
    this.#begun = true
    for (const name of [...names, ...known]) this.#newsOf(name).members++
    return [...new Set([...names, ...known])]
  }

  #change({ type, object, revision, at, by }: Put | Deletion): string[] {
    const name = familyName(this.#timeline, object)
    if (name === undefined) return []
    const before = this.#before(object, revision)
    const after = type === 'DELETE' ? undefined : object
    const news = this.#newsOf(name)
    if (object.kind === 'Pod' && !(before && after)) news.members++
    for (const remark of remarksOf(object.kind, { before, after, by })) {
      news.made++
      news.marks.push({ revision, at, ...remark })
    }
    if (news.marks.length > 2 * remembered) news.marks.splice(0, news.marks.length - remembered)
    return [name]
  }

  #before(object: KubernetesObject, revision: number): KubernetesObject | undefined {
    const version = this.#timeline.historyOf(placeOf(object))?.at(revision - 1)
    const same = version && !version.gone && version.object.metadata.uid === object.metadata.uid
    return same ? version.object : undefined
  }

  /** What the timeline knows no longer has no news either. */
  #forget(current: string): void {
    const { namespace = '' } = this.#timeline.header ?? {}
    for (const name of this.#news.keys())
      if (name !== current && !this.#timeline.historyOf({ kind: 'Deployment', namespace, name }))
        this.#news.delete(name)
    this.#room = Math.max(names, 2 * this.#news.size)
  }

  #newsOf(name: string): News {
    let news = this.#news.get(name)
    if (!news) {
      news = { marks: [], made: 0, members: 0 }
      this.#news.set(name, news)
      if (this.#news.size > this.#room) this.#forget(name)
    }
    return news
  }
}

interface Step {
  before: KubernetesObject | undefined
  after: KubernetesObject | undefined
  by: WriteRecord | undefined
}

function remarksOf(kind: string | undefined, step: Step): Remark[] {
  const of = <T>() => step as unknown as Typed<T>
  switch (kind) {
    case 'Deployment':
      return deploymentRemarks(of<Deployment>())
    case 'ReplicaSet':
      return replicaSetRemarks(of<ReplicaSet>())
    case 'Pod':
      return podRemarks(of<Pod>())
    case 'Event':
      return eventRemarks(of<Event>())
    default:
      return []
  }
}

/** A step of objects of one kind. */
interface Typed<T> {
  before: T | undefined
  after: T | undefined
  by: WriteRecord | undefined
}
