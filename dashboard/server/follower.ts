/**
 * One namespace that is looked at: reads its source, begins again when that breaks off, and tells those who look what has
 * changed and how fresh it is. The link is `live`, or `stale` since when and why. Where the past takes its time, the present is
 * read beside it and shown first.
 */

import { Backoff } from '../../controllers/framework/backoff.ts'
import { ApiError } from '../../controllers/framework/cluster.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Line, Log, Moment } from '../../recordings/recording.ts'
import type { Timeline } from '../../recordings/timeline.ts'
import type { LinkState } from '../protocol.ts'
import type { Board } from './board.ts'
import type { Chronicle } from './chronicle.ts'
import { Link } from './link.ts'
import { Reading } from './reading.ts'
import { Refusal } from './refusal.ts'
import type { Source } from './source.ts'

export interface Watcher {
  /** Something has changed, of the Deployments or of how far it has come. */
  changed(): void
  /** The link has changed. */
  linked(): void
  /** It has been read for the first time, or is read again after it broke off. */
  renewed(): void
}

export interface FollowerOptions {
  source: Source
  namespace: string
  clock: Clock
  random: Random
  report(error: unknown): void
}

/** What was known goes no further: history has gone on, or another store has begun. */
const isRefused = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === 410 || error.code === 400)

/** So long the past may take before the present is read beside it, milliseconds. */
const impatience = 150
const retries = { first: 250, longest: 10_000 }

export class Follower {
  readonly namespace: string
  readonly #options: FollowerOptions
  readonly #watchers = new Set<Watcher>()
  readonly #backoff: Backoff
  readonly #link: Link
  readonly #abort = new AbortController()
  /** From the beginning of what is kept. */
  #whole: Reading
  /** From now on, until the whole is complete. */
  #preview: Reading | undefined
  #endPreview = () => {}
  #ready = Promise.withResolvers<void>()

  constructor(options: FollowerOptions) {
    this.#options = options
    this.namespace = options.namespace
    this.#whole = this.#reading()
    this.#backoff = new Backoff(options.random, retries)
    this.#link = new Link(options.clock, () => {
      for (const watcher of this.#watchers) watcher.linked()
    })
    this.#awaitReady()
    this.#follow().catch(options.report)
  }

  get link(): LinkState {
    return this.#link.state
  }

  get timeline(): Timeline {
    return this.#shown.timeline
  }

  get chronicle(): Chronicle {
    return this.#shown.chronicle
  }

  get board(): Board {
    return this.#shown.board
  }

  /** Where the past begins, and how far it has come. */
  get edge(): Moment {
    return this.#shown.edge
  }

  get head(): Moment {
    return this.#shown.head
  }

  /** The present can be shown. */
  get isReady(): boolean {
    return this.#shown.complete
  }

  /** The past as well. */
  get isWhole(): boolean {
    return this.#whole.complete
  }

  /** Resolves when all that is there has been read; rejects when a file cannot be. */
  whenWhole(): Promise<void> {
    return this.#ready.promise
  }

  /** @returns ends it */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** What a container wrote last, found out beside the source. */
  hear(log: Log): void {
    for (const reading of this.#readings) reading.take(log)
    this.#changed()
  }

  /** What the next rollout would meet, likewise. */
  foresee(name: string, forecast: string | undefined): void {
    for (const { board } of this.#readings) board.foresee(name, forecast)
    this.#changed()
  }

  stop(): void {
    this.#abort.abort()
    this.#endPreview()
    this.#ready.reject(new Refusal(503, 'the page is closed', 'open it again'))
  }

  async #follow(): Promise<void> {
    const { source, clock } = this.#options
    const { signal } = this.#abort
    let after: number | undefined
    while (!signal.aborted) {
      if (after === undefined) this.#begin()
      try {
        const trouble = (reason: string | undefined) =>
          reason === undefined ? this.#link.live() : this.#link.stale(reason)
        const options = { signal, trouble, ...(after !== undefined && { after }) }
        for await (const line of source.lines(this.namespace, options)) {
          if (signal.aborted) return
          this.#take(line)
        }
        if (source.file !== undefined) return this.#isWholeNow()
        after = this.#whole.head.revision
      } catch (error) {
        if (signal.aborted) return
        if (source.file !== undefined) {
          this.#link.stale(error)
          return this.#ready.reject(error)
        }
        if (isRefused(error) && after !== undefined) {
          after = undefined
          continue
        }
        this.#link.stale(error)
        after = this.#whole.complete ? this.#whole.head.revision : undefined
      }
      // Ended early only by the signal, which ends the loop.
      await sleep(clock, this.#backoff.next(), signal).catch(() => undefined)
    }
  }

  /** Nothing is known yet, or no longer. */
  #begin(): void {
    this.#endPreview()
    this.#preview = undefined
    if (this.#whole.complete) this.#awaitReady()
    this.#whole = this.#reading()
    const { source, clock } = this.#options
    if (!source.present) return
    const ending = new AbortController()
    const cancel = clock.after(impatience, () => void this.#look(ending.signal))
    this.#endPreview = () => {
      cancel()
      ending.abort()
    }
  }

  /** The present, until all is known. What is in the way of it is in the way of the whole, and told there. */
  async #look(signal: AbortSignal): Promise<void> {
    const preview = this.#reading()
    this.#preview = preview
    try {
      for await (const line of this.#options.source.present?.(this.namespace, signal) ?? []) {
        if (signal.aborted) return
        const before = preview.complete
        if (preview.take(line)) this.#renewed()
        else if (before) this.#changed()
      }
    } catch {
      // Without it the whole is waited for.
    }
  }

  #take(line: Line): void {
    this.#link.live()
    this.#backoff.reset()
    const before = this.#whole.complete
    const completed = this.#whole.take(line)
    if (completed) this.#isWholeNow()
    else if (before && line.type === 'HEADER') this.#renewed()
    else if (before) this.#changed()
  }

  #isWholeNow(): void {
    this.#whole.complete = true
    this.#endPreview()
    this.#preview = undefined
    this.#ready.resolve()
    this.#renewed()
  }

  get #shown(): Reading {
    return !this.#whole.complete && this.#preview?.complete ? this.#preview : this.#whole
  }

  get #readings(): Reading[] {
    return this.#preview ? [this.#whole, this.#preview] : [this.#whole]
  }

  #reading = (): Reading => new Reading(this.#options.namespace, this.#options.clock)

  #changed(): void {
    for (const watcher of this.#watchers) watcher.changed()
  }

  #renewed(): void {
    for (const watcher of this.#watchers) watcher.renewed()
  }

  #awaitReady(): void {
    this.#ready = Promise.withResolvers()
    // Whoever waits for it hears of it.
    this.#ready.promise.catch(() => undefined)
  }
}
