/**
 * One namespace that is looked at: reads its source, begins again when that breaks off, and tells those who look what has
 * changed and how fresh it is. The link is `live`, or `stale` since when and why.
 */

import { Backoff } from '../../controllers/framework/backoff.ts'
import { ApiError } from '../../controllers/framework/cluster.ts'
import { type Clock, sleep, time } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Line, Log, Moment } from '../../recordings/recording.ts'
import { Timeline } from '../../recordings/timeline.ts'
import type { LinkState } from '../protocol.ts'
import { Board } from './board.ts'
import { Chronicle } from './chronicle.ts'
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

/** Without the address that was asked. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text === 'aborted' ? 'the connection broke off' : text.replace(/^[A-Z]+ https?:\S+: /, '')
}

/** Of memory for the past of one namespace. */
const bytes = 128 * 2 ** 20
const nowhere: Moment = { revision: 0, at: '' }
const retries = { first: 250, longest: 10_000 }

export class Follower {
  readonly namespace: string
  timeline = new Timeline({ bytes })
  chronicle = new Chronicle(this.timeline)
  board: Board
  link: LinkState = { state: 'live' }
  readonly #options: FollowerOptions
  readonly #watchers = new Set<Watcher>()
  readonly #backoff: Backoff
  #abort = new AbortController()
  #ready = Promise.withResolvers<void>()
  #isReady = false

  constructor(options: FollowerOptions) {
    this.#options = options
    this.namespace = options.namespace
    this.board = new Board(this, options.clock)
    this.#backoff = new Backoff(options.random, retries)
    this.#awaitReady()
    this.#follow().catch(options.report)
  }

  /** All that was there has been read once. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Where the past begins, and how far it has come. */
  get edge(): Moment {
    return this.timeline.edge ?? nowhere
  }

  get head(): Moment {
    return this.timeline.head ?? nowhere
  }

  /** Resolves when all that is there has been read; rejects when a file cannot be. */
  whenReady(): Promise<void> {
    return this.#ready.promise
  }

  /** @returns ends it */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** What a container wrote last, found out beside the source. */
  hear(log: Log): void {
    this.timeline.add(log)
    for (const name of this.chronicle.tell(log)) this.board.touch(name)
    this.#changed()
  }

  /** What the next rollout would meet, likewise. */
  foresee(name: string, forecast: string | undefined): void {
    if (this.board.foresee(name, forecast)) this.#changed()
  }

  stop(): void {
    this.#abort.abort()
    this.#ready.reject(new Refusal(503, 'the page is closed', 'open it again'))
  }

  async #follow(): Promise<void> {
    const { source, clock } = this.#options
    const { signal } = this.#abort
    let after: number | undefined
    while (!signal.aborted) {
      try {
        const trouble = (reason: string | undefined) => this.#link(reason)
        const options = { signal, trouble, ...(after !== undefined && { after }) }
        for await (const line of source.lines(this.namespace, options)) {
          if (signal.aborted) return
          this.#take(line)
        }
        if (source.file !== undefined) {
          this.#becomeReady()
          return
        }
        after = this.head.revision
      } catch (error) {
        if (signal.aborted) return
        if (isRefused(error) && after !== undefined) {
          after = undefined
          this.#renew()
          continue
        }
        if (source.file !== undefined) {
          this.#ready.reject(error)
          return
        }
        this.#link(wordsOf(error))
        after = this.#isReady ? this.head.revision : undefined
        if (after === undefined) this.#renew()
      }
      // Ended early only by the signal, which ends the loop.
      await sleep(clock, this.#backoff.next(), signal).catch(() => undefined)
    }
  }

  #take(line: Line): void {
    this.#link(undefined)
    this.#backoff.reset()
    this.timeline.add(line)
    for (const name of this.chronicle.tell(line)) this.board.touch(name)
    if (this.#isReady && line.type === 'HEADER') {
      for (const watcher of this.#watchers) watcher.renewed()
      return
    }
    if (this.#isReady) this.#changed()
    else if (line.type === 'MARK' || line.type === 'END') this.#becomeReady()
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher.changed()
  }

  #becomeReady(): void {
    if (this.#isReady) return
    this.#isReady = true
    this.#ready.resolve()
    for (const watcher of this.#watchers) watcher.renewed()
  }

  #renew(): void {
    this.timeline = new Timeline({ bytes })
    this.chronicle = new Chronicle(this.timeline)
    this.board = new Board(this, this.#options.clock)
    if (this.#isReady) this.#awaitReady()
    this.#isReady = false
  }

  #awaitReady(): void {
    this.#ready = Promise.withResolvers()
    // Whoever waits for it hears of it.
    this.#ready.promise.catch(() => undefined)
  }

  #link(reason: string | undefined): void {
    const was = this.link
    if (reason === undefined) {
      if (was.state === 'live') return
      this.link = { state: 'live' }
    } else {
      const since = was.state === 'stale' ? was.since : time(this.#options.clock.now())
      if (was.state === 'stale' && was.reason === reason) return
      this.link = { state: 'stale', since, reason }
    }
    for (const watcher of this.#watchers) watcher.linked()
  }
}
