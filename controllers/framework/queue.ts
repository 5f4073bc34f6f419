/**
 * The work queue: keys that wait to be run, each at most once. It knows when a key may run and never what running
 * means. A key is run by one worker at a time; a trigger that comes meanwhile runs it once more afterwards. Failures
 * back off exponentially, and triggers from elsewhere neither inflate nor abolish that back-off.
 */

import type { Cancel, Clock } from '../../ports/clock.ts'
import type { Key } from './inputs.ts'
import { Lanes, type Priority } from './lanes.ts'

/** How a run ended. `failed` is run again by itself; `ok` only when told so. */
export type Outcome =
  | { type: 'ok'; requeueAfter?: number }
  | { type: 'failed' }
  /** Not run again until triggered. */
  | { type: 'terminal' }

/** How long failures are held back, and how much is remembered. */
export interface QueueOptions {
  clock: Clock
  /** Milliseconds before the first retry (5), doubled by each failure up to the longest (300,000). */
  baseDelay?: number
  maxDelay?: number
  /** A trigger runs a key that backs off early, but only once in so many milliseconds (1,000). */
  earlyInterval?: number
  /** Keys known at once (100,000). Beyond it keys are dropped and `takeOverflow` says so. */
  capacity?: number
  /** Called when a key may be taken; must not call back synchronously. */
  onReady?: () => void
}

type Phase =
  | { name: 'idle' }
  | { name: 'ready'; priority: Priority; since: number }
  | { name: 'running'; again: Priority | undefined }
  | { name: 'backing-off'; until: number; cancel: Cancel }

interface Entry {
  key: Key
  phase: Phase
  /** Runs that failed in a row, not counting those that a trigger had brought forward. */
  failures: number
  /** When the back-off ends, were there no triggers. */
  retryAt: number
  /** Before this no trigger brings a run forward. */
  earlyFrom: number
  /** The run now ready or running was brought forward. */
  early: boolean
  /** How long it had been ready when it was taken. */
  waited: number
  /** What `requeueAfter` asked for. */
  alarm: { at: number; cancel: Cancel } | undefined
}

const idle: Phase = { name: 'idle' }

export const keyText = ({ namespace, name }: Key): string => `${namespace}/${name}`

/** Keys that wait to be run. `take` one, work on it, `finish` it. */
export class WorkQueue {
  readonly #clock: Clock
  readonly #baseDelay: number
  readonly #maxDelay: number
  readonly #earlyInterval: number
  readonly #capacity: number
  readonly #onReady: () => void
  readonly #entries = new Map<string, Entry>()
  readonly #lanes = new Lanes()
  #overflowed = false
  #adds = 0
  #closed = false

  constructor(options: QueueOptions) {
    this.#clock = options.clock
    this.#baseDelay = options.baseDelay ?? 5
    this.#maxDelay = options.maxDelay ?? 300_000
    this.#earlyInterval = options.earlyInterval ?? 1_000
    this.#capacity = options.capacity ?? 100_000
    this.#onReady = options.onReady ?? (() => {})
  }

  /** Keys that may be taken now. */
  get depth(): number {
    return this.#lanes.size
  }

  /** How often a key became one that may be taken. */
  get adds(): number {
    return this.#adds
  }

  /** Keys that back off. */
  get retrying(): number {
    let count = 0
    for (const entry of this.#entries.values()) if (entry.failures > 0) count++
    return count
  }

  /** How many more keys it takes. */
  get room(): number {
    return this.#capacity - this.#entries.size
  }

  /** Something happened to `key`: run it, soon. */
  add(key: Key, priority: Priority = 'high'): void {
    const entry = this.#entry(key)
    if (entry) this.#trigger(entry, priority)
  }

  /** Run `key` in `ms` milliseconds, whatever happens meanwhile. Of several such wishes the earliest counts. */
  addAfter(key: Key, ms: number): void {
    const entry = this.#entry(key)
    if (entry) this.#setAlarm(entry, ms)
  }

  /** The next key to run; `finish` must follow. */
  take(): Key | undefined {
    const text = this.#lanes.shift()
    if (text === undefined) return undefined
    const entry = this.#entries.get(text)!
    if (entry.phase.name === 'ready') entry.waited = this.#clock.monotonic() - entry.phase.since
    entry.phase = { name: 'running', again: undefined }
    return entry.key
  }

  /** Milliseconds that a key which runs now had waited for its turn. */
  waited(key: Key): number {
    return this.#entries.get(keyText(key))?.waited ?? 0
  }

  finish(key: Key, outcome: Outcome): void {
    const entry = this.#entries.get(keyText(key))
    if (!entry) return
    if (entry.phase.name !== 'running') throw new Error(`${keyText(key)} is not running`)
    const { again } = entry.phase
    entry.phase = idle
    if (outcome.type === 'failed') this.#backOff(entry)
    else {
      entry.failures = 0
      entry.early = false
    }
    if (outcome.type === 'ok' && outcome.requeueAfter !== undefined)
      this.#setAlarm(entry, outcome.requeueAfter)
    if (again) this.#trigger(entry, again)
    this.#forgetIdle(entry)
  }

  /** What failed before is no measure any more (the object's spec has changed). */
  reset(key: Key): void {
    const entry = this.#entries.get(keyText(key))
    if (!entry) return
    entry.failures = 0
    entry.early = false
    entry.earlyFrom = 0
    if (entry.phase.name === 'backing-off') {
      entry.phase.cancel()
      this.#makeReady(entry, 'high')
    }
  }

  /** What it waited for is over (the object has gone); who comes next under that name begins anew. */
  forget(key: Key): void {
    const entry = this.#entries.get(keyText(key))
    if (!entry) return
    entry.alarm?.cancel()
    entry.alarm = undefined
    entry.failures = 0
    entry.early = false
    entry.earlyFrom = 0
    if (entry.phase.name === 'backing-off') {
      entry.phase.cancel()
      entry.phase = idle
    }
    this.#forgetIdle(entry)
  }

  /** Whether keys were dropped since it was last asked; all keys must then be added anew. */
  takeOverflow(): boolean {
    const overflowed = this.#overflowed
    this.#overflowed = false
    return overflowed
  }

  /** Cancels every timer; keys that come later are ignored. */
  close(): void {
    this.#closed = true
    for (const entry of this.#entries.values()) {
      if (entry.phase.name === 'backing-off') entry.phase.cancel()
      entry.alarm?.cancel()
    }
    this.#entries.clear()
    this.#lanes.clear()
  }

  #entry(key: Key): Entry | undefined {
    if (this.#closed) return undefined
    const text = keyText(key)
    const known = this.#entries.get(text)
    if (known) return known
    if (this.#entries.size >= this.#capacity) {
      this.#overflowed = true
      return undefined
    }
    const entry: Entry = {
      key,
      phase: idle,
      failures: 0,
      retryAt: 0,
      earlyFrom: 0,
      early: false,
      waited: 0,
      alarm: undefined,
    }
    this.#entries.set(text, entry)
    return entry
  }

  #trigger(entry: Entry, priority: Priority): void {
    const { phase } = entry
    switch (phase.name) {
      case 'idle':
        this.#makeReady(entry, priority)
        return
      case 'ready':
        if (phase.priority === 'low' && priority === 'high') {
          this.#lanes.raise(keyText(entry.key))
          entry.phase = { ...phase, priority }
          this.#onReady()
        }
        return
      case 'running':
        if (phase.again !== 'high') phase.again = priority
        return
      case 'backing-off':
        this.#bringForward(entry, phase, priority)
        return
      default:
        phase satisfies never
    }
  }

  #bringForward(
    entry: Entry,
    phase: Extract<Phase, { name: 'backing-off' }>,
    priority: Priority,
  ): void {
    const now = this.#clock.monotonic()
    const at = Math.max(now, entry.earlyFrom)
    if (at >= phase.until) return
    phase.cancel()
    entry.early = true
    entry.earlyFrom = at + this.#earlyInterval
    if (at <= now) this.#makeReady(entry, priority)
    else this.#waitUntil(entry, at)
  }

  #backOff(entry: Entry): void {
    const now = this.#clock.monotonic()
    if (!entry.early || entry.failures === 0) {
      entry.failures++
      const delay = this.#baseDelay * 2 ** Math.min(entry.failures - 1, 40)
      entry.retryAt = now + Math.min(delay, this.#maxDelay)
    }
    entry.early = false
    this.#waitUntil(entry, Math.max(now, entry.retryAt))
  }

  #waitUntil(entry: Entry, until: number): void {
    const cancel = this.#clock.after(Math.max(0, until - this.#clock.monotonic()), () =>
      this.#makeReady(entry, 'high'),
    )
    entry.phase = { name: 'backing-off', until, cancel }
  }

  #setAlarm(entry: Entry, ms: number): void {
    const at = this.#clock.monotonic() + Math.max(0, ms)
    if (entry.alarm && entry.alarm.at <= at) return
    entry.alarm?.cancel()
    const cancel = this.#clock.after(ms, () => {
      entry.alarm = undefined
      this.#trigger(entry, 'high')
    })
    entry.alarm = { at, cancel }
  }

  #makeReady(entry: Entry, priority: Priority): void {
    this.#adds++
    entry.phase = { name: 'ready', priority, since: this.#clock.monotonic() }
    this.#lanes.add(keyText(entry.key), priority)
    this.#onReady()
  }

  #forgetIdle(entry: Entry): void {
    if (entry.phase.name === 'idle' && !entry.alarm) this.#entries.delete(keyText(entry.key))
  }
}
