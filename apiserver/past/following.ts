/** The changes of a recording as the store tells them, as fast as they are taken. */

import type { Clock } from '../../ports/clock.ts'
import type { Output } from '../http/exchange.ts'
import { noteTime } from '../registry/write-note.ts'
import {
  CompactedError,
  type Revision,
  type Storage,
  type StorageEvent,
  StorageUnavailableError,
  type WatchBatch,
} from '../storage/storage.ts'
import type { WatchHub } from '../watch/watch-hub.ts'
import { changeLine, keyOf, momentLine, revisionOf } from './recorded-lines.ts'
import type { RecordingWish } from './recording-wish.ts'
import { isTaken, lastCall } from './slow-reader.ts'

export interface FollowingPorts {
  storage: Pick<Storage, 'watch'>
  hub: Pick<WatchHub, 'revision' | 'nudge'>
  clock: Clock
  /** What the reader may have of a note. */
  shown(note: Buffer): Buffer
  unexpected(error: unknown): void
}

/** Bytes that wait for the reader when no more are read: beginning again costs the store something. */
const mostBuffered = 4 << 20
/** Milliseconds between two marks. */
const markEvery = 5_000
/** How long a history that does not say that it is told waits before it is made to. */
const nudgeAfter = 100

/** Why no more is read for now. */
type Pause =
  /** All that was asked for has been told. */
  | 'done'
  /** The reader has enough to take. */
  | 'full'
  /** Nobody wants more, or there is no more to be had. */
  | 'over'

export class Following {
  readonly #ports: FollowingPorts
  readonly #output: Output
  readonly #wish: RecordingWish
  readonly #until: Revision
  /** All up to here has been told. */
  #position: Revision
  #caughtUp = false
  /** When that was, as far as records say. */
  #at: string

  constructor(ports: FollowingPorts, output: Output, wish: RecordingWish, at: string) {
    this.#ports = ports
    this.#output = output
    this.#wish = wish
    this.#until = wish.until ?? Number.POSITIVE_INFINITY
    this.#position = wish.from
    this.#at = at
  }

  /** Resolves when the stream has ended, by whomever; `signal` has it end. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports
    const output = this.#output
    this.#reach(this.#position)
    let pause: Pause = this.#position < this.#until ? 'full' : 'done'
    while (pause === 'full') {
      if (!(await isTaken(output, clock, signal))) return lastCall(output, clock)
      pause = signal.aborted || output.closed ? 'over' : await this.#read(signal)
    }
    if (pause === 'done') output.write(momentLine('END', { revision: this.#until, at: this.#at }))
    output.end()
  }

  /** Reads on from the position, until there is a reason not to. */
  #read(signal: AbortSignal): Promise<Pause> {
    const { storage, hub, clock } = this.#ports
    return new Promise((resolve) => {
      let over = false
      const end = (pause: Pause) => {
        if (over) return
        over = true
        for (const cancel of [cancelNudge, cancelMark]) cancel()
        signal.removeEventListener('abort', stop)
        // It may end before there is a subscription.
        queueMicrotask(() => subscription.unsubscribe())
        resolve(pause)
      }
      const stop = () => end('over')
      signal.addEventListener('abort', stop, { once: true })
      // Those who wait for the end of what there is must hear of something behind it.
      const expectMore = () =>
        this.#caughtUp ? () => {} : clock.after(nudgeAfter, () => hub.nudge())
      let cancelNudge = expectMore()
      const mark = () => {
        this.#mark()
        cancelMark = clock.after(markEvery, mark)
      }
      let cancelMark = this.#wish.follow ? clock.after(markEvery, mark) : () => {}
      const subscription = storage.watch('', this.#position, { notes: true }).subscribe({
        next: (batch) => {
          if (over) return
          cancelNudge()
          const pause = this.#take(batch)
          if (pause) end(pause)
          else cancelNudge = expectMore()
        },
        error: (error) => {
          this.#failed(error)
          end('over')
        },
      })
    })
  }

  /** The reader goes on elsewhere, or later. */
  #failed(error: unknown): void {
    if (error instanceof CompactedError || error instanceof StorageUnavailableError) return
    this.#ports.unexpected(error)
  }

  #take({ revision, events }: WatchBatch): Pause | undefined {
    for (const [index, event] of events.entries()) {
      const at = revisionOf(event)
      if (at > this.#until) return 'done'
      this.#tell(event)
      const next = events[index + 1]
      if (next && revisionOf(next) === at) continue
      this.#reach(at)
      if (this.#output.buffered > mostBuffered) return at >= this.#until ? 'done' : 'full'
    }
    this.#reach(Math.max(this.#position, revision))
    if (this.#position >= this.#until) return 'done'
    return this.#output.closed ? 'over' : undefined
  }

  /** Who follows is told when all has come that there was at first. */
  #reach(position: Revision): void {
    const { now, follow } = this.#wish
    this.#position = position
    if (this.#caughtUp || position < now) return
    this.#caughtUp = true
    if (follow) this.#mark()
  }

  #tell(event: StorageEvent): void {
    const { note } = event
    if (note) this.#at = noteTime(note)
    const key = keyOf(event)
    if (!this.#wish.resources.some(({ prefix }) => key.startsWith(prefix))) return
    this.#output.write(changeLine(event, this.#at, note && this.#ports.shown(note)))
  }

  /** Where this is all there is, it is so now. */
  #mark(): void {
    const { hub, clock } = this.#ports
    const current = this.#position >= hub.revision
    const at = current ? new Date(clock.now()).toISOString() : this.#at
    this.#output.write(momentLine('MARK', { revision: this.#position, at }))
  }
}
