/** Going through the past: the playhead, what is shown where it stands, playing, and back to live. */

import { batch } from '@preact/signals'
import type { RolloutView } from '../../protocol.ts'
import { Refusal, type Server } from '../link/server.ts'
import type { Ports } from '../ports.ts'
import { keepSame } from '../same.ts'
import { Frames } from '../time/frames.ts'
import { advance, otherSpeed } from '../time/playback.ts'
import { lastNotAfter, nearest, type Stop, step } from '../time/stops.ts'
import type { State } from './state.ts'

/** What is listed beside the rollout follows when the playhead rests. */
const restMs = 150
/** A frame that took longer was one in which the page was not shown. */
const longestFrameMs = 250
const mostBookmarks = 20

export class Traveller {
  readonly #ports: Ports
  readonly #state: State
  readonly #server: Server
  readonly #frames: Frames<RolloutView>
  #cancelRest: (() => void) | undefined
  #lastFrame = 0
  #wantedAt = 0

  constructor(ports: Ports, state: State, server: Server) {
    this.#ports = ports
    this.#state = state
    this.#server = server
    this.#frames = new Frames(
      ports,
      (revision, signal) => {
        const { namespace, deployment } = state.address.peek()
        return server.at({ namespace, deployment, revision }, signal)
      },
      {
        frame: (revision, view) => this.#came(revision, view),
        failed: (revision, error) => this.#failed(revision, error),
      },
    )
  }

  /** @param time where the playhead stands when it is between two revisions */
  go(revision: number, time?: number): void {
    const { address, playTime } = this.#state
    batch(() => {
      playTime.value = time
      if (address.peek().at !== revision) address.value = { ...address.peek(), at: revision }
    })
    if (this.#state.past.peek()?.revision === revision) return
    this.#wantedAt = this.#ports.now()
    this.#frames.want(revision)
    this.#cancelRest?.()
    this.#cancelRest = this.#ports.later(restMs, () => void this.#listAt(revision))
  }

  live(): void {
    this.#cancelRest?.()
    this.#frames.leave()
    const { at: _, ...address } = this.#state.address.peek()
    batch(() => {
      this.#state.playing.value = false
      this.#state.playTime.value = undefined
      this.#state.past.value = undefined
      this.#state.pastList.value = undefined
      if (this.#state.isPast.peek()) this.#state.address.value = address
    })
  }

  /** What moves can be held: it is looked at as it is now. */
  hold(): void {
    const here = this.here()
    if (here > 0) this.go(here)
  }

  /** Another Deployment: nothing that was seen is of use. */
  forget(): void {
    this.#frames.clear()
    this.#state.past.value = undefined
    this.#state.pastList.value = undefined
    this.#state.playing.value = false
  }

  step(direction: 1 | -1, notable: boolean): void {
    const { stops, playing } = this.#state
    playing.value = false
    const stop = step(stops.peek(), this.here(), {
      direction,
      notable,
      marked: this.#state.bookmarks.peek(),
    })
    if (stop) this.go(stop.revision)
    else if (direction > 0) this.live()
  }

  /** To what was nearest in time. */
  scrub(time: number): void {
    this.#state.playing.value = false
    const stop = nearest(this.#state.stops.peek(), time)
    if (stop && stop.revision !== this.#state.at.peek()) this.go(stop.revision)
  }

  edge(): void {
    const [first] = this.#state.stops.peek()
    if (first) this.go(first.revision)
  }

  mark(): void {
    const { bookmarks } = this.#state
    const here = this.here()
    const others = bookmarks.peek().filter((revision) => revision !== here)
    const known = others.length < bookmarks.peek().length
    bookmarks.value = known ? others : [...others, here].slice(-mostBookmarks)
  }

  speed(direction: 1 | -1): void {
    this.#state.speed.value = otherSpeed(this.#state.speed.peek(), direction)
  }

  /** From where it stands; from the beginning where it is live, since nothing comes after that. */
  play(): void {
    const { playing, isPast, stops } = this.#state
    playing.value = !playing.peek()
    if (!playing.peek()) return
    const last = stops.peek().at(-1)
    if (!isPast.peek() || this.here() === last?.revision) this.#rewind()
    this.#lastFrame = this.#ports.now()
    this.#ports.frame(() => this.#tick())
  }

  /** To the last template, which is what one wants to see again. */
  #rewind(): void {
    const stops = this.#state.stops.peek()
    const marks = this.#state.timeline.peek()?.marks ?? []
    const template = marks.findLast(({ kind }) => kind === 'template')
    const at = template ? lastNotAfter(stops, template.revision, 'revision') - 1 : 0
    const stop: Stop | undefined = stops[Math.max(0, at)]
    if (stop) this.go(stop.revision)
  }

  #tick(): void {
    const { playing, playTime, speed, stops } = this.#state
    if (!playing.peek()) return
    const now = this.#ports.now()
    const elapsed = Math.min(now - this.#lastFrame, longestFrameMs)
    this.#lastFrame = now
    const revision = this.here()
    const stop = stops.peek()[lastNotAfter(stops.peek(), revision, 'revision')]
    const time = playTime.peek() ?? stop?.time ?? 0
    const next = advance(stops.peek(), { revision, time }, speed.peek(), elapsed)
    this.go(next.revision, next.time)
    if (next.ended) playing.value = false
    else this.#ports.frame(() => this.#tick())
  }

  /** The revision that is looked at. */
  here(): number {
    const { at, timeline, live } = this.#state
    return at.peek() ?? timeline.peek()?.head.revision ?? live.peek()?.moment.revision ?? 0
  }

  #came(revision: number, view: RolloutView): void {
    if (!this.#state.isPast.peek()) return
    const { past, live } = this.#state
    const kept = keepSame(past.peek()?.view ?? live.peek(), view)
    past.value = { revision, view: kept, error: undefined, wantedAt: this.#wantedAt }
  }

  #failed(revision: number, error: unknown): void {
    const { past, toast, playing } = this.#state
    playing.value = false
    if (error instanceof Refusal && error.status === 410) {
      toast.value = { bad: true, text: `${error.message} ${error.next}`.trim() }
      const edge = this.#state.stops.peek().find((stop) => stop.revision > revision)
      if (edge) this.go(edge.revision)
      else this.live()
      return
    }
    past.value = {
      revision,
      view: undefined,
      error: (error as Error).message,
      wantedAt: this.#wantedAt,
    }
  }

  async #listAt(revision: number): Promise<void> {
    const { namespace } = this.#state.address.peek()
    try {
      const list = await this.#server.list({ namespace, revision })
      if (this.#state.at.peek() === revision) this.#state.pastList.value = list
    } catch (error) {
      // The rollout itself says what is the matter; the list stays as it was.
      if (!(error instanceof Refusal)) throw error
    }
  }
}
