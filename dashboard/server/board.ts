/**
 * What is drawn now, worked out when it is asked for and only where something has changed since: however many look at it,
 * and however often they ask.
 */

import type { Clock } from '../../ports/clock.ts'
import type { Moment } from '../../recordings/recording.ts'
import { type Lane, laneAt } from '../../recordings/slots.ts'
import type { Timeline } from '../../recordings/timeline.ts'
import type { ListRow, ListView, RolloutView } from '../protocol.ts'
import type { Chronicle } from './chronicle.ts'
import { type Look, present } from './views/look.ts'
import { type Drawing, drawn, listRow, rolloutView } from './views/rollout.ts'

/** A view, and a number that changes when it says something else. */
export interface Drawn<T> {
  view: T
  version: number
}

const lanesRemembered = 500

interface Kept<T> extends Drawn<T> {
  text: string
  stale: boolean
}

export interface Known {
  readonly namespace: string
  readonly timeline: Timeline
  readonly chronicle: Chronicle
  readonly head: Moment
}

export class Board {
  readonly #of: Known
  readonly #clock: Clock
  readonly #rows = new Map<string, Kept<ListRow>>()
  readonly #stale = new Set<string>()
  readonly #rollouts = new Map<string, Kept<RolloutView>>()
  /** The row and the view say the same, and it takes its time. */
  readonly #looks = new Map<string, Drawing>()
  /** By the uid of the ReplicaSet. */
  readonly #lanes = new Map<string, { members: number; lane: Lane }>()
  readonly #forecasts = new Map<string, string>()
  #version = 0
  /** Changes whenever a row does. */
  #listVersion = 0

  constructor(of: Known, clock: Clock) {
    this.#of = of
    this.#clock = clock
  }

  /** Something of this Deployment has changed. */
  touch(name: string): void {
    this.#stale.add(name)
    this.age(name)
  }

  /** Time has passed: what says so would say something else. */
  age(name: string): void {
    this.#looks.delete(name)
    const kept = this.#rollouts.get(name)
    if (kept) kept.stale = true
  }

  /** What its next rollout would meet. @returns whether that is new */
  foresee(name: string, forecast: string | undefined): boolean {
    if (this.#forecasts.get(name) === forecast) return false
    if (forecast === undefined) this.#forecasts.delete(name)
    else this.#forecasts.set(name, forecast)
    this.age(name)
    return true
  }

  /** @throws what one of the rows threw, which is left out from then on; the others are drawn all the same */
  list(): Drawn<ListView> {
    const failures: unknown[] = []
    for (const name of this.#stale)
      try {
        this.#redraw(name)
      } catch (error) {
        if (this.#rows.delete(name)) this.#listVersion++
        failures.push(error)
      }
    this.#stale.clear()
    if (failures.length > 0) throw failures[0]
    const rows = [...this.#rows.values()].map(({ view }) => view)
    rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    return { view: { moment: this.#of.head, rows }, version: this.#listVersion }
  }

  /** `undefined` when there is no such Deployment. */
  rollout(name: string): Drawn<RolloutView> | undefined {
    const kept = this.#rollouts.get(name)
    if (kept && !kept.stale) return kept
    const drawing = this.#draw(name)
    if (!drawing) {
      this.#rollouts.delete(name)
      return undefined
    }
    const lanes = (replicaSet: string) => this.#lane(name, replicaSet)
    const view = rolloutView(drawing, lanes, this.#forecasts.get(name))
    const drawn = this.#kept(kept, view, JSON.stringify({ ...view, moment: undefined }))
    this.#rollouts.set(name, drawn)
    return drawn
  }

  /** What is drawn of it now. */
  look(name: string): Look | undefined {
    return this.#draw(name)?.look
  }

  #redraw(name: string): void {
    const drawing = this.#draw(name)
    if (!drawing) {
      if (this.#rows.delete(name)) this.#listVersion++
      return
    }
    const row = listRow(drawing)
    const before = this.#rows.get(name)
    const kept = this.#kept(before, row, JSON.stringify(row))
    if (kept.version !== before?.version) this.#listVersion++
    this.#rows.set(name, kept)
  }

  /** Places change only when pods come or go. @param replicaSet its uid */
  #lane(name: string, replicaSet: string): Lane {
    const members = this.#of.chronicle.of(name)?.members ?? 0
    const known = this.#lanes.get(replicaSet)
    if (known?.members === members) return known.lane
    const lane = laneAt(this.#of.timeline, replicaSet, this.#of.head)
    this.#lanes.set(replicaSet, { members, lane })
    const [oldest] = this.#lanes.keys()
    if (this.#lanes.size > lanesRemembered && oldest !== undefined) this.#lanes.delete(oldest)
    return lane
  }

  #draw(name: string) {
    const known = this.#looks.get(name)
    if (known) return known
    const { timeline, namespace } = this.#of
    const look = present(timeline, namespace, name, this.#clock.now())
    if (!look) return undefined
    const drawing = drawn(look)
    this.#looks.set(name, drawing)
    return drawing
  }

  #kept<T>(before: Kept<T> | undefined, view: T, text: string): Kept<T> {
    const same = before?.text === text
    return { view, text, stale: false, version: same ? before.version : ++this.#version }
  }
}
