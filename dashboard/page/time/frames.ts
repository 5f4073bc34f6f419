/**
 * Views of the past while the playhead is dragged: only the latest position is asked for, what was seen is kept (within
 * bounds), and an answer that nobody waits for any more is not shown.
 */

import type { Ports } from '../ports.ts'

/** Views that are kept. */
const kept = 160
/** A question that takes longer than this is given up for a newer one. */
const patienceMs = 150

export interface FrameListener<T> {
  frame: (revision: number, frame: T) => void
  failed: (revision: number, error: unknown) => void
}

interface Question {
  revision: number
  since: number
  abort: AbortController
}

export class Frames<T> {
  readonly #ports: Ports
  readonly #ask: (revision: number, signal: AbortSignal) => Promise<T>
  readonly #listener: FrameListener<T>
  readonly #frames = new Map<number, T>()
  #wanted: number | undefined
  #asked: Question | undefined

  constructor(
    ports: Ports,
    ask: (revision: number, signal: AbortSignal) => Promise<T>,
    listener: FrameListener<T>,
  ) {
    this.#ports = ports
    this.#ask = ask
    this.#listener = listener
  }

  /** Shows it, now or when it has come. */
  want(revision: number): void {
    const frame = this.#frames.get(revision)
    this.#wanted = frame ? undefined : revision
    if (frame) this.#show(revision, frame)
    else if (this.#asked) this.#hurry(revision, this.#asked)
    else this.#next()
  }

  /** The playhead is live again: whatever comes now is not shown. */
  leave(): void {
    this.#wanted = undefined
    this.#asked?.abort.abort()
  }

  /** Another Deployment. */
  clear(): void {
    this.leave()
    this.#frames.clear()
  }

  #hurry(revision: number, asked: Question): void {
    if (asked.revision === revision || this.#ports.now() - asked.since <= patienceMs) return
    asked.abort.abort()
  }

  #next(): void {
    const revision = this.#wanted
    if (revision === undefined) return
    const asked = { revision, since: this.#ports.now(), abort: new AbortController() }
    this.#asked = asked
    this.#ask(revision, asked.abort.signal)
      .then(
        (frame) => this.#came(revision, frame, asked.abort.signal),
        (error: unknown) => this.#failed(revision, error, asked.abort.signal),
      )
      .finally(() => {
        if (this.#asked === asked) this.#asked = undefined
        if (!this.#asked) this.#next()
      })
  }

  #came(revision: number, frame: T, { aborted }: AbortSignal): void {
    if (aborted) return
    this.#frames.set(revision, frame)
    if (this.#frames.size > kept) this.#frames.delete(this.#frames.keys().next().value!)
    // On the way to a newer one: still better than the older one that is shown.
    if (this.#wanted !== undefined) this.#listener.frame(revision, frame)
    if (this.#wanted === revision) this.#wanted = undefined
  }

  #failed(revision: number, error: unknown, { aborted }: AbortSignal): void {
    if (aborted || this.#wanted !== revision) return
    this.#wanted = undefined
    this.#listener.failed(revision, error)
  }

  #show(revision: number, frame: T): void {
    this.#frames.delete(revision)
    this.#frames.set(revision, frame)
    this.#listener.frame(revision, frame)
  }
}
