/**
 * What was when: built from the lines of a recording, asked for any revision between the edge of what is kept and the
 * head. Lines may come twice, late, and out of their order; what was missed is put right by the next keyframe. It keeps so
 * many bytes and so much time, and forgets the oldest. Pure.
 */

import type { KubernetesObject } from '../api/object.ts'
import { controllerOf } from '../api/owner.ts'
import type { WriteRecord } from '../api/write-record.ts'
import { Histories } from './histories.ts'
import { Keyframes } from './keyframes.ts'
import { LogBook } from './log-book.ts'
import { Moments } from './moments.ts'
import type { ObjectHistory, Version } from './object-history.ts'
import { type Place, placeOf, revisionIn } from './place.ts'
import type { Header, Keyframe, Line, Moment } from './recording.ts'
import { staysIn } from './slots.ts'
import { Superseded } from './superseded.ts'
import { View } from './view.ts'

export interface TimelineLimits {
  /** Of memory for what has been, estimated; 256 MiB unless told. What is there now is kept besides, whatever it takes. */
  bytes: number
  /** Milliseconds; 24 hours unless told. */
  age: number
}

/** Once over its bytes it forgets so much more that it need not do so at each line. */
const slack = 0.9

/** Milliseconds before the head that are kept in any case: what comes late must find its place. */
const grace = 10_000

export class Timeline {
  readonly #limits: TimelineLimits
  readonly #keyframes = new Keyframes()
  readonly #histories = new Histories(this.#keyframes)
  readonly #moments = new Moments()
  readonly #superseded = new Superseded()
  /** Nothing before it is kept any more. */
  #floor = -1
  /** The first keyframe that was ever seen. */
  #first: number | undefined
  #head: { revision: number; time: number } | undefined
  #anew = false
  readonly logs: LogBook
  /** Of the stream that is read now. */
  header: Header | undefined
  /** Revisions of which not everything is known: a stream began anew, and what was between is lost. */
  readonly gaps: { from: number; to: number }[] = []
  /** The places of pods that came before the edge, by the uid of their ReplicaSet: nothing else tells them any more. */
  readonly settled = new Map<string, Map<string, number>>()
  /** Estimated, of all that is kept. */
  bytes = 0
  /** Of those, what is there now. */
  #standing = 0

  constructor({ bytes = 256 * 2 ** 20, age = 24 * 3_600_000 }: Partial<TimelineLimits> = {}) {
    this.#limits = { bytes, age: Math.max(age, grace) }
    this.logs = new LogBook(bytes / 8)
  }

  /** The first moment that can be looked at; `undefined` as long as no keyframe has come. */
  get edge(): Moment | undefined {
    return this.#first === undefined ? undefined : this.#moment(Math.max(this.#first, this.#floor))
  }

  /** Where what it was told begins: the first keyframe, also when that is forgotten. */
  get beginning(): number {
    return this.#first ?? 0
  }

  /** Bytes of what has been and is no more. */
  get past(): number {
    return this.bytes - this.#standing
  }

  /** The last moment that is known of. */
  get head(): Moment | undefined {
    if (!this.#head) return undefined
    return { revision: this.#head.revision, at: text(this.#head.time) }
  }

  add(line: Line): void {
    switch (line.type) {
      case 'HEADER':
        this.#anew = this.header !== undefined
        this.header = line
        return
      case 'KEYFRAME':
        this.#keyframe(line)
        break
      case 'PUT':
      case 'DELETE':
        if (line.revision <= this.#floor) return
        this.#reach(line)
        this.#version(line.object, line.revision, line.type === 'DELETE', line.by)
        break
      case 'LOG':
        this.logs.add(line)
        return
      case 'MARK':
      case 'END':
        this.#reach(line)
        break
      default:
        line satisfies never
    }
    this.#forget()
  }

  /**
   * @param now milliseconds since the epoch: what its clocks show; the time of the revision unless told
   * @returns `undefined` before the edge; beyond the head it is the head
   */
  at(revision: number, now?: number): View | undefined {
    const { edge, head } = this
    if (!edge || !head || revision < edge.revision) return undefined
    const reached = Math.min(revision, head.revision)
    const moment = reached === head.revision ? head : this.#moment(reached)
    return new View(this, moment, now ?? Date.parse(moment.at))
  }

  /** RFC 3339; of the last revision up to this one whose time is known. Empty where none is. */
  timeOf(revision: number): string {
    return text(this.#moments.timeOf(revision))
  }

  /** The last moment up to a time (RFC 3339, or milliseconds since the epoch); `undefined` before the edge. */
  momentOf(time: number | string): Moment | undefined {
    const revision = this.#moments.revisionAt(typeof time === 'number' ? time : Date.parse(time))
    const { edge } = this
    if (revision === undefined || !edge || revision < edge.revision) return undefined
    return this.#moment(revision)
  }

  /** The nearest moment before or after a revision at which something was written or marked, within what is kept. */
  step(revision: number, direction: 1 | -1): Moment | undefined {
    const next = this.#moments.step(revision, direction)
    const { edge } = this
    return next === undefined || !edge || next < edge.revision ? undefined : this.#moment(next)
  }

  historyOf(place: Place): ObjectHistory | undefined {
    return this.#histories.at(place)
  }

  /** All of a kind that are kept, those that are gone as well, by namespace and name. */
  histories(kind: string): readonly ObjectHistory[] {
    return this.#histories.ofKind(kind)
  }

  /** What has, or had, an owner of this uid. */
  ownedBy(uid: string | undefined): ReadonlySet<ObjectHistory> {
    return this.#histories.owned.of(uid)
  }

  /** Events about an object of this uid. */
  toldOf(uid: string | undefined): ReadonlySet<ObjectHistory> {
    return this.#histories.told.of(uid)
  }

  #moment(revision: number): Moment {
    return { revision, at: this.timeOf(revision) }
  }

  #reach({ revision, at }: Moment): void {
    this.#moments.add({ revision, at })
    const time = Date.parse(at)
    this.#head ??= { revision, time }
    this.#head.revision = Math.max(this.#head.revision, revision)
    if (!(this.#head.time >= time)) this.#head.time = Number.isNaN(time) ? this.#head.time : time
  }

  #keyframe({ revision, at, objects }: Keyframe): void {
    if (revision <= this.#floor) return
    const { head } = this
    if (this.#anew && head && head.revision < revision)
      this.gaps.push({ from: head.revision, to: revision })
    this.#anew = false
    this.#reach({ revision, at })
    // Lists of different kinds are not of the same moment: what is of a later one is known as well.
    const latest = objects.reduce((most, object) => Math.max(most, revisionIn(object)), revision)
    if (latest > revision) this.#reach({ revision: latest, at })
    this.#first = Math.min(this.#first ?? revision, revision)
    const isNew = this.#keyframes.add(revision)
    const there = new Set<ObjectHistory>()
    for (const object of objects) {
      const history = this.#histories.begun(placeOf(object))
      history.standsIn(revision)
      there.add(history)
      this.#version(object, revisionIn(object), false, undefined)
    }
    if (!isNew) return
    for (const history of this.#histories) if (!there.has(history)) this.#lacks(history, revision)
  }

  #lacks(history: ObjectHistory, revision: number): void {
    history.lacks(revision)
    this.#standing += history.restand()
    const last = history.at(revision)
    if (last?.inferred && last.revision === revision) this.#superseded.add(history, revision)
  }

  #version(
    object: KubernetesObject,
    revision: number,
    gone: boolean,
    by: WriteRecord | undefined,
  ): void {
    const history = this.#histories.begun(placeOf(object))
    const before = history.bytes
    const added = history.add({ revision, object, gone, ...(by && { by }) })
    this.bytes += history.bytes - before
    this.#standing += history.restand()
    if (!added) return
    if (gone || added.before !== undefined) this.#superseded.add(history, revision)
    const end = added.after ?? history.endOf(revision)
    if (end !== undefined) this.#superseded.add(history, end)
    this.#histories.relate(history, object)
  }

  /** The edge goes forward until what is left is small and young enough. */
  #forget(): void {
    const { bytes, age } = this.#limits
    const now = this.#head?.time ?? 0
    const over = this.past > bytes
    const floor = this.#floor
    for (let end = this.#superseded.first; end; end = this.#superseded.first) {
      const large = over && this.past > slack * bytes
      const since = now - (this.#moments.timeOf(end.revision) ?? 0)
      if (since <= (large ? grace : age)) break
      this.#superseded.next()
      this.#shorten(end.history, end.revision)
      this.#floor = Math.max(this.#floor, end.revision)
    }
    // Also where nothing has changed since: times are kept for so long and no longer.
    this.#floor = Math.max(this.#floor, this.#moments.revisionAt(now - age) ?? -1)
    if (this.#floor === floor) return
    this.#moments.forget(this.#floor)
    if (this.#superseded.hollow) this.#catchUp()
    while ((this.gaps[0]?.to ?? Number.POSITIVE_INFINITY) <= this.#floor) this.gaps.shift()
  }

  /** With what came out of order, so that no keyframe before the edge is needed any more. */
  #catchUp(): void {
    for (const { history, revision } of this.#superseded.takeUntil(this.#floor))
      this.#shorten(history, revision)
    this.#keyframes.forget(this.#floor)
  }

  #shorten(history: ObjectHistory, revision: number): void {
    const before = history.bytes
    const last = history.at(revision)
    if (last?.object.kind === 'Pod') this.#settle(last, revision)
    history.forget(revision)
    this.bytes += history.bytes - before
    this.#standing += history.restand()
    if (!history.empty || !this.#histories.forget(history)) return
    const { uid } = last?.object.metadata ?? {}
    if (!last || !uid) return
    this.logs.forget(uid)
    this.settled.delete(uid)
    const lane = controllerOf(last.object)?.uid ?? ''
    this.settled.get(lane)?.delete(uid)
    if (this.settled.get(lane)?.size === 0) this.settled.delete(lane)
  }

  /** Whoever came up to now into the lane of a pod of which something is about to be forgotten keeps its place. */
  #settle({ object, gone }: Version, revision: number): void {
    const lane = controllerOf(object)?.uid
    if (!lane) return
    // Once it has a place, only its end matters to others.
    if (!gone && this.settled.get(lane)?.has(object.metadata.uid ?? '')) return
    const stays = staysIn(this, lane).filter(({ from }) => from <= revision)
    this.settled.set(lane, new Map(stays.map(({ uid, slot }) => [uid, slot])))
  }
}

const text = (time: number | undefined): string =>
  time === undefined || Number.isNaN(time) ? '' : new Date(time).toISOString()
