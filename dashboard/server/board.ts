/**
 * What is drawn now, worked out when it is asked for and only where something has changed since: however many look at it,
 * and however often they ask.
 */

import type { Clock } from '../../ports/clock.ts'
import type { Moment } from '../../recordings/recording.ts'
import type { Timeline } from '../../recordings/timeline.ts'
import type { ListRow, ListView, RolloutView } from '../protocol.ts'
import type { Chronicle } from './chronicle.ts'
import { present } from './views/look.ts'
import { listRow, rolloutView } from './views/rollout.ts'

/** A view, and a number that changes when it says something else. */
export interface Drawn<T> {
  view: T
  version: number
}

interface Kept<T> extends Drawn<T> {
  text: string
  stale: boolean
}

export interface Drawing {
  readonly namespace: string
  readonly timeline: Timeline
  readonly chronicle: Chronicle
  readonly head: Moment
}

export class Board {
  readonly #of: Drawing
  readonly #clock: Clock
  readonly #rows = new Map<string, Kept<ListRow>>()
  readonly #stale = new Set<string>()
  readonly #rollouts = new Map<string, Kept<RolloutView>>()
  readonly #forecasts = new Map<string, string>()
  #version = 0

  constructor(of: Drawing, clock: Clock) {
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

  list(): Drawn<ListView> {
    for (const name of this.#stale) this.#redraw(name)
    this.#stale.clear()
    const rows = [...this.#rows.values()].map(({ view }) => view)
    rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    return { view: { moment: this.#of.head, rows }, version: this.#version }
  }

  /** `undefined` when there is no such Deployment. */
  rollout(name: string): Drawn<RolloutView> | undefined {
    const kept = this.#rollouts.get(name)
    if (kept && !kept.stale) return kept
    const look = this.#look(name)
    if (!look) {
      this.#rollouts.delete(name)
      return undefined
    }
    const story = this.#of.chronicle.stories.get(name)
    const view = rolloutView(look, story, this.#forecasts.get(name))
    const drawn = this.#kept(kept, view, JSON.stringify({ ...view, moment: undefined }))
    this.#rollouts.set(name, drawn)
    return drawn
  }

  #redraw(name: string): void {
    const look = this.#look(name)
    if (!look) {
      if (this.#rows.delete(name)) this.#version++
      return
    }
    const row = listRow(look)
    this.#rows.set(name, this.#kept(this.#rows.get(name), row, JSON.stringify(row)))
  }

  #look(name: string) {
    const { timeline, namespace } = this.#of
    return present(timeline, namespace, name, this.#clock.now())
  }

  #kept<T>(before: Kept<T> | undefined, view: T, text: string): Kept<T> {
    const same = before?.text === text
    return { view, text, stale: false, version: same ? before.version : ++this.#version }
  }
}
