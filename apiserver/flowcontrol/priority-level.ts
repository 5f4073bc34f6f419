/**
 * One priority level: how many seats its requests have at once, and who waits for some. Seats that other levels leave
 * idle may be borrowed, as far as both sides' configuration allows.
 */

import type { PriorityLevelConfiguration } from '../../api/types.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import { FairQueues } from './fair-queues.ts'

/** All seats of the server, which its levels share. */
export interface Seats {
  readonly total: number
  taken: number
  /** Kept for levels that have not taken all that is guaranteed to them. */
  kept: number
}

export const refusals = ['queue-full', 'concurrency-limit', 'time-out', 'cancelled'] as const
export type Refusal = (typeof refusals)[number]

/** How waiting ends: with seats, with a refusal, or because other levels are in force now. */
export type Outcome = 'seated' | 'reconfigured' | Refusal

interface Waiter {
  readonly seats: number
  settle(outcome: Outcome): void
}

export interface Limits {
  /** Its share of the server. */
  nominal: number
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

/** The share of a level's seats that a single request may have. */
const mostOfALevel = 0.15

export class PriorityLevel {
  readonly configuration: PriorityLevelConfiguration
  readonly limits: Limits
  readonly #ports: LevelPorts
  readonly #queues: FairQueues<Waiter> | undefined
  #taken = 0
  #closed = false

  /** @param allShares of all limited levels together */
  constructor(configuration: PriorityLevelConfiguration, allShares: number, ports: LevelPorts) {
    this.configuration = configuration
    this.#ports = ports
    this.limits = limitsOf(configuration, allShares, ports.seats.total)
    ports.seats.kept += this.#unused
    const { queuing } = configuration.spec?.limited?.limitResponse ?? {}
    if (queuing)
      this.#queues = new FairQueues({
        queues: queuing.queues ?? 64,
        handSize: queuing.handSize ?? 8,
        queueLengthLimit: queuing.queueLengthLimit ?? 50,
      })
  }

  get name(): string {
    return this.configuration.metadata.name ?? ''
  }

  get exempt(): boolean {
    return this.configuration.spec?.type === 'Exempt'
  }

  /** Seats that are taken. */
  get taken(): number {
    return this.#taken
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#queues?.length ?? 0
  }

  /** How much of its own share it uses; the more, the longer others' turn comes first. */
  get use(): number {
    return this.#taken / Math.max(1, this.limits.nominal)
  }

  /** What a request gets that asks for so many. */
  seatsFor(wanted: number): number {
    return Math.min(wanted, Math.max(1, Math.ceil(this.limits.nominal * mostOfALevel)))
  }

  /** Takes seats at once if there are as many and nobody waits for them. */
  tryTake(seats: number): boolean {
    if (this.exempt) return true
    if (this.waiting > 0 || !this.#has(seats)) return false
    this.#add(seats)
    return true
  }

  /** Waits for seats. */
  wait(flow: string, seats: number, signal: AbortSignal): Promise<Outcome> {
    const queues = this.#queues
    if (!queues) return Promise.resolve('concurrency-limit')
    return new Promise((resolve) => {
      let cancel: Cancel = () => {}
      const leave = () => waiter.settle('cancelled')
      const waiter: Waiter = {
        seats,
        settle: (outcome) => {
          cancel()
          signal.removeEventListener('abort', leave)
          remove?.()
          resolve(outcome)
        },
      }
      const remove = queues.push(flow, waiter)
      if (!remove) return resolve('queue-full')
      cancel = this.#ports.clock.after(this.#ports.patienceMs, () => waiter.settle('time-out'))
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** Gives seats back. */
  give(seats: number): void {
    if (!this.exempt) this.#add(-seats)
  }

  /** Lets the next one in that waits, if there are seats for it. */
  admitNext(): boolean {
    const next = this.#queues?.next
    if (!next || !this.#has(next.seats)) return false
    this.#queues?.shift()
    this.#add(next.seats)
    next.settle('seated')
    return true
  }

  /** Nobody waits here any more: this configuration is no longer in force. */
  close(): void {
    this.#ports.seats.kept -= this.#unused
    this.#closed = true
    for (const waiter of [...(this.#queues ?? [])]) waiter.settle('reconfigured')
  }

  #has(seats: number): boolean {
    const { guaranteed, most } = this.limits
    const { total, taken, kept } = this.#ports.seats
    // Alone a request may be as large as it is, or it would wait for ever.
    if (this.#taken === 0) return most > 0
    if (this.#taken + seats <= guaranteed) return true
    const borrowed = this.#unused === 0 ? seats : this.#taken + seats - guaranteed
    return this.#taken + seats <= most && taken + kept + borrowed <= total
  }

  /** Seats that are kept for it. */
  get #unused(): number {
    return Math.max(0, this.limits.guaranteed - this.#taken)
  }

  #add(seats: number): void {
    const { seats: all } = this.#ports
    const before = this.#unused
    this.#taken += seats
    all.taken += seats
    if (!this.#closed) all.kept += this.#unused - before
  }
}

function limitsOf({ spec }: PriorityLevelConfiguration, allShares: number, total: number): Limits {
  if (spec?.type === 'Exempt') return { nominal: 0, guaranteed: 0, most: 0 }
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
  return {
    nominal,
    guaranteed: nominal - lendable,
    most: Math.min(total, nominal + borrowing),
  }
}
