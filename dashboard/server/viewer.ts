/**
 * One tab that looks at a namespace, perhaps at one Deployment of it: is sent what has changed since it was sent something
 * last, as whole views, so often at most, and never more than it takes.
 */

import { type Cancel, type Clock, time } from '../../ports/clock.ts'
import { marksOf } from '../../recordings/marks.ts'
import type { Hello, StreamEvent, TimelineMark } from '../protocol.ts'
import type { Chronicle } from './chronicle.ts'
import type { EventStream } from './event-stream.ts'
import type { Follower } from './follower.ts'
import { Throttle } from './throttle.ts'

/** Milliseconds from one sending to the next. */
export const period = 80
/** Clocks that are told of a rollout under way go on. */
const tick = 1_000
/** Marks that are sent at once: of more the newest. */
const mostMarks = 1_000

export interface ViewerOptions {
  clock: Clock
  follower: Follower
  deployment: string | undefined
  /** The revision up to which marks are known already. */
  after: number | undefined
  stream: EventStream
  hello(): Promise<Hello>
  /** It looks at this Deployment: what else there is to know of it is found out. */
  attend(name: string): void
  report(error: unknown): void
}

export class Viewer {
  readonly #options: ViewerOptions
  readonly #throttle: Throttle
  readonly #unwatch: () => void
  /** To be said before anything else. */
  #hello: Hello | undefined
  #greeted = false
  #linkDue = true
  /** Something cannot be drawn, and that has been said. */
  #undrawn = false
  #list = -1
  #rollout = -1
  /** Of the marks that were ever made, how many are sent; `undefined` before the first sending. */
  #marks: { of: Chronicle; sent: number } | undefined
  #tick: Cancel | undefined
  #closed = false

  constructor(options: ViewerOptions) {
    this.#options = options
    const { clock, follower } = options
    this.#throttle = new Throttle(clock, period, () => this.#publish())
    this.#unwatch = follower.watch({
      changed: () => this.#throttle.want(),
      linked: () => {
        this.#linkDue = true
        this.#throttle.want()
      },
      renewed: () => this.#greet(),
    })
    if (follower.isReady) this.#greet()
    else if (follower.link.state === 'stale') this.#throttle.want()
  }

  /** The reader has taken all. */
  drained(): void {
    this.#throttle.want()
  }

  close(): void {
    this.#closed = true
    this.#unwatch()
    this.#throttle.end()
    this.#tick?.()
  }

  #greet(): void {
    this.#greeted = false
    const { hello, report } = this.#options
    hello().then((said) => {
      this.#hello = said
      this.#list = -1
      this.#rollout = -1
      this.#throttle.want()
    }, report)
  }

  #publish(): void {
    const { stream, follower } = this.#options
    if (this.#closed || !stream.ready) return
    if (this.#hello) {
      this.#send({ type: 'hello', hello: this.#hello })
      this.#hello = undefined
      this.#greeted = true
    }
    if (this.#linkDue) {
      this.#linkDue = false
      this.#send({ type: 'link', link: follower.link })
    }
    if (!follower.isReady || !this.#greeted) return
    const listed = this.#drawn(() => this.#sendList())
    // A row that cannot be drawn is left out of the next list.
    if (!listed) this.#drawn(() => this.#sendList())
    const drawn = this.#drawn(() => this.#sendRollout())
    if (listed && drawn && this.#undrawn) this.#send({ type: 'link', link: follower.link })
    this.#undrawn = !(listed && drawn)
  }

  /** What nobody has expected of an object ends nothing: it is said once, and the rest goes on. */
  #drawn(draw: () => void): boolean {
    try {
      draw()
      return true
    } catch (error) {
      if (this.#undrawn) return false
      const { clock, report } = this.#options
      const reason = `not all of it can be drawn: ${error instanceof Error ? error.message : error}`
      this.#send({ type: 'link', link: { state: 'stale', since: time(clock.now()), reason } })
      this.#undrawn = true
      report(error)
      return false
    }
  }

  #sendList(): void {
    const { view, version } = this.#options.follower.board.list()
    if (version === this.#list) return
    this.#list = version
    this.#send({ type: 'list', list: view })
  }

  #sendRollout(): void {
    const { follower, deployment, clock } = this.#options
    if (deployment === undefined) return
    const drawn = follower.board.rollout(deployment)
    if (drawn && drawn.version !== this.#rollout) {
      this.#rollout = drawn.version
      this.#send({ type: 'rollout', rollout: drawn.view })
      this.#options.attend(deployment)
    }
    const marks = this.#newMarks(deployment)
    if (marks.length > 0) this.#send({ type: 'marks', marks, head: follower.head })
    this.#tick?.()
    this.#tick = undefined
    if (drawn?.view.progress.outcome !== 'under way') return
    this.#tick = clock.after(tick, () => {
      this.#tick = undefined
      follower.board.age(deployment)
      this.#throttle.want()
    })
  }

  #newMarks(deployment: string): TimelineMark[] {
    const { after, follower } = this.#options
    const { marks, made } = follower.chronicle.of(deployment) ?? { marks: [], made: 0 }
    const last = this.#marks
    this.#marks = { of: follower.chronicle, sent: made }
    if (last?.of === follower.chronicle) {
      const added = Math.min(made - last.sent, marks.length, mostMarks)
      return added > 0 ? marks.slice(-added) : []
    }
    // Who comes anew asks for the timeline; who comes back has it up to there.
    if (after === undefined) return []
    const { timeline, namespace } = follower
    return marksOf(timeline, { namespace, name: deployment }, after).slice(-mostMarks)
  }

  #send({ type, ...data }: StreamEvent): void {
    this.#options.stream.send(type, data, this.#options.follower.head.revision)
  }
}
