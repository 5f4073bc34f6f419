/**
 * The Deployments of a namespace as they went, told line by line as a recording has them: which change concerns which of
 * them, what of it stands on the timeline, and what belongs to each now. It decides nothing about rollouts.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { controllerOf } from '../../api/owner.ts'
import type { Deployment, Event, Pod, ReplicaSet } from '../../api/types.ts'
import type { WriteRecord } from '../../api/write-record.ts'
import type { Line, Moment } from '../../recordings/recording.ts'
import { type Change, deploymentMarks, eventMarks, podMarks, replicaSetMarks } from './marks.ts'
import { Story } from './story.ts'

/** Objects, also those that are gone, whose Deployment is remembered. */
const remembered = 50_000
const replicaSetsRemembered = 5_000

export class Chronicle {
  /** By the name of the Deployment; also of those that are gone. */
  readonly stories = new Map<string, Story>()
  readonly #replicaSets = new Map<string, ReplicaSet>()
  /** The name of the Deployment by the UID of what belongs to it. */
  readonly #owners = new Map<string, string>()
  /** Events that stand on the timeline. */
  readonly #warned = new Map<string, string | undefined>()
  #begun = false

  /** @returns the Deployments that it concerns */
  tell(line: Line): string[] {
    switch (line.type) {
      case 'KEYFRAME':
        return this.#begin(line, line.objects)
      case 'PUT':
        return this.#change(line.object, false, line, line.by)
      case 'DELETE':
        return this.#change(line.object, true, line, line.by)
      case 'LOG':
        return [this.#owners.get(line.pod.uid) ?? []].flat()
      case 'HEADER':
      case 'MARK':
      case 'END':
        return []
      default:
        return line satisfies never
    }
  }

  /** What is there at the beginning puts nothing on the timeline; later keyframes say nothing new. */
  #begin(moment: Moment, objects: readonly KubernetesObject[]): string[] {
    if (this.#begun) return []
    this.#begun = true
    const order = ['Deployment', 'ReplicaSet', 'Pod', 'Event']
    const sorted = [...objects].sort(
      (a, b) =>
        order.indexOf(a.kind ?? '') - order.indexOf(b.kind ?? '') ||
        (createdAt(a) < createdAt(b) ? -1 : createdAt(a) > createdAt(b) ? 1 : 0),
    )
    const names = new Set<string>()
    for (const object of sorted)
      for (const name of this.#change(object, false, moment, undefined, true)) names.add(name)
    return [...names]
  }

  #change(
    object: KubernetesObject,
    gone: boolean,
    moment: Moment,
    by?: WriteRecord,
    silent = false,
  ): string[] {
    const change: Told = { object, gone, moment, by, silent }
    const story = this.#storyOf(change)
    if (!story) return []
    if (object.kind !== 'Event') story.measure(moment)
    return [story.name]
  }

  #storyOf(change: Told): Story | undefined {
    switch (change.object.kind) {
      case 'Deployment':
        return this.#deployment(change)
      case 'ReplicaSet':
        return this.#replicaSet(change)
      case 'Pod':
        return this.#pod(change)
      case 'Event':
        return this.#event(change)
      default:
        return undefined
    }
  }

  #deployment(told: Told): Story {
    const deployment = told.object as Deployment
    const { name = '', uid = '' } = deployment.metadata
    let story = this.stories.get(name)
    if (!story) {
      story = new Story(name)
      this.stories.set(name, story)
    }
    this.#remember(uid, name)
    const before = story.deployment
    story.deployment = told.gone ? undefined : deployment
    this.#mark(story, told, deploymentMarks(changeOf(told, before, deployment)))
    return story
  }

  #replicaSet(told: Told): Story | undefined {
    const replicaSet = told.object as ReplicaSet
    const { uid = '' } = replicaSet.metadata
    const before = this.#replicaSets.get(uid)
    // Also when it is gone: its pods may go after it.
    keep(this.#replicaSets, uid, replicaSet, replicaSetsRemembered)
    const story = this.#ownerOf(replicaSet)
    if (!story) return undefined
    this.#remember(uid, story.name)
    this.#mark(story, told, replicaSetMarks(changeOf(told, before, replicaSet)))
    return story
  }

  #pod(told: Told): Story | undefined {
    const pod = told.object as Pod
    const { uid = '' } = pod.metadata
    const story = this.#ownerOf(pod)
    const owner = this.#replicaSets.get(controllerOf(pod)?.uid ?? '')
    if (!story || !owner) return undefined
    this.#remember(uid, story.name)
    const before = story.pods.get(uid)
    if (told.gone) story.removePod(pod, owner, told.moment)
    else story.putPod(pod, owner, told.moment)
    this.#mark(story, told, podMarks(changeOf(told, before, pod)))
    return story
  }

  #event(told: Told): Story | undefined {
    const event = told.object as Event
    const { uid = '' } = event.metadata
    const name = this.#owners.get(event.involvedObject.uid ?? '')
    const story = name === undefined ? undefined : this.stories.get(name)
    if (!story) return undefined
    if (!told.gone && !this.#warned.has(uid)) this.#mark(story, told, eventMarks(event))
    if (event.type === 'Warning') keep(this.#warned, uid, name, remembered)
    return story
  }

  #ownerOf(object: ReplicaSet | Pod): Story | undefined {
    const { uid = '' } = object.metadata
    const name = this.#owners.get(controllerOf(object)?.uid ?? '') ?? this.#owners.get(uid)
    return name === undefined ? undefined : this.stories.get(name)
  }

  #mark(story: Story, told: Told, marks: ReturnType<typeof podMarks>): void {
    if (told.silent) return
    const { revision, at } = told.moment
    for (const mark of marks) story.mark({ revision, at, ...mark })
  }

  #remember(uid: string, name: string): void {
    keep(this.#owners, uid, name, remembered)
  }
}

/** The oldest gives way. */
function keep<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.set(key, value)
  if (map.size <= most) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}

interface Told {
  object: KubernetesObject
  gone: boolean
  moment: Moment
  by: WriteRecord | undefined
  silent: boolean
}

const changeOf = <T>({ gone, by }: Told, before: T | undefined, object: T): Change<T> => ({
  before: before ?? (gone ? object : undefined),
  after: gone ? undefined : object,
  by,
})

const createdAt = ({ metadata }: KubernetesObject): string => metadata.creationTimestamp ?? ''
