/**
 * One priority level: how many of its requests run at once, and who waits in which queue. A flow may use a few queues
 * only (its hand), so that one that floods the server fills those and leaves the others' free; queues take turns.
 * Seats that other levels leave idle may be borrowed, as far as both sides' configuration allows.
 */

import { createHash } from 'node:crypto'
import type { PriorityLevelConfiguration } from '../../api/types.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'

/** All seats of the server, which its levels share. */
export interface Seats {
  readonly total: number
  taken: number
}

export type Refusal = 'queue-full' | 'concurrency-limit' | 'time-out'

/** How waiting ends: with a seat, with a refusal, or because other levels are in force now. */
export type Outcome = 'seated' | 'reconfigured' | Refusal

interface Waiting {
  settle(outcome: Outcome): void
}

interface Limits {
  /** Seats that nobody can borrow away. */
  guaranteed: number
  /** With those that it may borrow. */
  most: number
}

export interface LevelPorts {
  clock: Clock
  seats: Seats
  /** How long a request waits before it is refused, milliseconds. */
  patienceMs: number
}

export class PriorityLevel {
  readonly configuration: PriorityLevelConfiguration
  readonly #ports: LevelPorts
  readonly #limits: Limits
  readonly #queues: Waiting[][]
  #next = 0
  #waiting = 0
  #running = 0
  readonly #refused = new Map<Refusal, number>()

  /** @param allShares of all limited levels together */
  constructor(configuration: PriorityLevelConfiguration, allShares: number, ports: LevelPorts) {
    this.configuration = configuration
    this.#ports = ports
    this.#limits = limitsOf(configuration, allShares, ports.seats.total)
    const queues = configuration.spec?.limited?.limitResponse?.queuing?.queues ?? 0
    this.#queues = Array.from({ length: queues }, () => [])
  }

  get exempt(): boolean {
    return this.configuration.spec?.type === 'Exempt'
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting
  }

  get refused(): ReadonlyMap<Refusal, number> {
    return this.#refused
  }

  /** Takes a seat at once if there is one and nobody waits for it. */
  tryTake(): boolean {
    if (this.exempt) return true
    if (this.#waiting > 0 || !this.#mayRun()) return false
    this.#take()
    return true
  }

  /** Waits for a seat. */
  wait(flow: string, signal: AbortSignal): Promise<Outcome> {
    const { queuing } = this.configuration.spec?.limited?.limitResponse ?? {}
    if (!queuing || this.#queues.length === 0)
      return Promise.resolve(this.#refuse('concurrency-limit'))
    const queue = this.#shortestOf(handOf(flow, this.#queues.length, queuing.handSize ?? 8))
    if (queue.length >= (queuing.queueLengthLimit ?? 50))
      return Promise.resolve(this.#refuse('queue-full'))
    return new Promise((resolve) => {
      let cancel: Cancel = () => {}
      const leave = () => entry.settle('time-out')
      const entry: Waiting = {
        settle: (outcome) => {
          cancel()
          signal.removeEventListener('abort', leave)
          if (outcome !== 'seated') queue.splice(queue.indexOf(entry), 1)
          if (outcome === 'time-out') this.#refuse(outcome)
          this.#waiting--
          resolve(outcome)
        },
      }
      queue.push(entry)
      this.#waiting++
      cancel = this.#ports.clock.after(this.#ports.patienceMs, leave)
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** Gives a seat back. */
  leave(): void {
    if (this.exempt) return
    this.#running--
    this.#ports.seats.taken--
  }

  /** Lets the next one in that waits, if a seat is free. */
  admitNext(): boolean {
    if (this.#waiting === 0 || !this.#mayRun()) return false
    for (let tries = 0; tries < this.#queues.length; tries++) {
      const queue = this.#queues[this.#next]!
      this.#next = (this.#next + 1) % this.#queues.length
      const first = queue.shift()
      if (!first) continue
      this.#take()
      first.settle('seated')
      return true
    }
    return false
  }

  /** Nobody waits here any more: this configuration is no longer in force. */
  close(): void {
    for (const queue of this.#queues) for (const entry of [...queue]) entry.settle('reconfigured')
  }

  #mayRun(): boolean {
    const { guaranteed, most } = this.#limits
    const { seats } = this.#ports
    return this.#running < guaranteed || (this.#running < most && seats.taken < seats.total)
  }

  #take(): void {
    this.#running++
    this.#ports.seats.taken++
  }

  #refuse(refusal: Refusal): Refusal {
    this.#refused.set(refusal, (this.#refused.get(refusal) ?? 0) + 1)
    return refusal
  }

  #shortestOf(hand: readonly number[]): Waiting[] {
    const queues = hand.map((at) => this.#queues[at]!)
    return queues.reduce((best, queue) => (queue.length < best.length ? queue : best))
  }
}

function limitsOf({ spec }: PriorityLevelConfiguration, allShares: number, total: number): Limits {
  const {
    nominalConcurrencyShares = 30,
    lendablePercent = 0,
    borrowingLimitPercent,
  } = spec?.limited ?? {}
  const nominal = Math.ceil((total * nominalConcurrencyShares) / Math.max(1, allShares))
  const lendable = Math.round((nominal * lendablePercent) / 100)
  const borrowing =
    borrowingLimitPercent === undefined
      ? total
      : Math.round((nominal * borrowingLimitPercent) / 100)
  return { guaranteed: nominal - lendable, most: Math.min(total, nominal + borrowing) }
}

/** Different queues that a flow may use, by its hash: two flows seldom have the same hand. */
export function handOf(flow: string, queues: number, handSize: number): number[] {
  const hash = createHash('sha256').update(flow).digest()
  const cards = Array.from({ length: queues }, (_, at) => at)
  const hand: number[] = []
  for (let n = 0; n < Math.min(handSize, queues); n++) {
    const pick = hash.readUInt16BE((2 * n) % (hash.length - 1)) % (queues - n)
    hand.push(cards[pick]!)
    cards[pick] = cards[queues - n - 1]!
  }
  return hand
}
