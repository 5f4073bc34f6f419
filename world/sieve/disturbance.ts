/**
 * Makes one plan happen in one world: answers the requests that the plan is about, holds back what is not to be seen
 * and lets processes start anew when the time has come.
 */

import { ApiError, kindKey, Lease } from '../../controllers/framework/index.ts'
import type { Fault, WorldRequest } from '../faults.ts'
import type { LogEntry } from '../log.ts'
import type { World } from '../world.ts'
import { isChatter } from './canonical.ts'
import type { Plan, Refusal } from './plan.ts'
import type { Asked } from './trace.ts'

/** What is held back comes at last after so many writes: no cache is behind for ever, nor is a quarrel about it. */
const longestHold = 100

const refusals: Record<Refusal, () => ApiError> = {
  Conflict: () =>
    new ApiError(
      409,
      'Conflict',
      'the object has been modified; please apply your changes to the latest version',
    ),
  TooManyRequests: () =>
    new ApiError(429, 'TooManyRequests', 'too many requests', { retryAfterSeconds: 1 }),
  InternalError: () => new ApiError(500, 'InternalError', 'the server is not well'),
}

export class Disturbance {
  readonly #plan: Plan
  readonly #world: World
  /** Where the log was when the scenario began. */
  readonly #start: number
  /** The process under test. */
  readonly #process: string
  /** Of the last write before the scenario. */
  readonly #origin: number
  readonly requests: Asked[] = []
  #changes = 0
  #heldSince: number | undefined
  /** From an old view, which happens once. */
  #restarted = false
  /** The process hears no answers until another leads. */
  #partitioned = false

  constructor(plan: Plan, world: World, process: string, origin: number) {
    this.#plan = plan
    this.#world = world
    this.#start = world.log.length
    this.#process = process
    this.#origin = origin
  }

  /** Begins to look and to act; what it returns ends that. */
  begin(): () => void {
    this.#holdBefore(1)
    const endFaults = this.#world.inject((request) => this.#fault(request))
    const endFollowing = this.#world.follow((entry) => this.#wrote(entry))
    return () => {
      endFaults()
      endFollowing()
    }
  }

  get #writes(): number {
    return this.#world.log.length - this.#start
  }

  /** Nothing moves any more after a step. */
  async settled(): Promise<void> {
    if (this.#restartsNow()) {
      await this.#restartBehind()
      await this.#world.converge()
    }
    if (this.#restarted) await this.finished()
  }

  #restartsNow(): boolean {
    const plan = this.#plan
    return plan.type === 'stale' && plan.restart === this.#writes && !this.#restarted
  }

  /** The process begins anew where it was long ago. */
  #restartBehind(): Promise<void> {
    const plan = this.#plan as Extract<Plan, { type: 'stale' }>
    const asOf = Object.fromEntries(
      plan.views.map(({ kind, after }) => [kindKey(kind), this.#positionAfter(after)]),
    )
    this.#restarted = true
    this.#heldSince = this.#writes
    return this.#world.restart(this.#process, { asOf })
  }

  /** What is still held back comes. False if that is nothing. */
  async finished(): Promise<boolean> {
    if (this.#heldSince === undefined) return false
    this.#release()
    await this.#world.converge()
    return true
  }

  #release(): void {
    const plan = this.#plan
    const views = this.#world.views(this.#process)
    this.#heldSince = undefined
    if (plan.type === 'unobserved') views.release(plan.kind, plan.as)
    else views.catchUp()
  }

  #positionAfter(writes: number): number {
    if (writes === 0) return this.#origin
    return this.#world.log[this.#start + writes - 1]?.position ?? this.#origin
  }

  #fault(request: WorldRequest): Fault | undefined {
    if (request.process !== this.#process) return undefined
    if (this.#partitioned) return { type: 'lose', applied: false }
    if (!request.kind || isChatter(request.kind)) return undefined
    this.requests.push({ request, after: this.#writes })
    const plan = this.#plan
    if (!('request' in plan) || plan.request !== this.requests.length) return undefined
    switch (plan.type) {
      case 'crash':
        return { type: 'crash', applied: plan.applied }
      case 'lost-reply':
        return { type: 'lose', applied: plan.applied }
      case 'refused':
        return { type: 'refuse', error: refusals[plan.reason]() }
      case 'takeover':
        this.#partitioned = true
        return { type: 'lose', applied: true }
      default:
        return plan satisfies never
    }
  }

  /** What has been written is on its way to the process already. */
  #holdBefore(change: number): void {
    const plan = this.#plan
    if (plan.type !== 'unobserved' || plan.from !== change) return
    this.#heldSince = this.#writes
    this.#world.views(this.#process).hold(plan.kind, plan.ref)
  }

  #wrote(entry: LogEntry): void {
    const plan = this.#plan
    if (this.#heldSince !== undefined && this.#writes > this.#heldSince + longestHold)
      this.#release()
    switch (plan.type) {
      case 'unobserved':
        if (!isAbout(entry, plan)) return
        this.#changes++
        this.#holdBefore(this.#changes + 1)
        if (this.#changes === plan.to && this.#heldSince !== undefined) this.#release()
        return
      case 'stale':
        // Its own write: the process is gone before it hears of it.
        if (entry.by === this.#process && this.#restartsNow()) void this.#restartBehind()
        return
      case 'duplicate':
        if (this.#writes === plan.after)
          setImmediate(() => this.#world.views(this.#process).duplicate(plan.kind))
        return
      case 'takeover':
        if (this.#partitioned && this.#isAnothersLease(entry)) this.#partitioned = false
        return
      default:
    }
  }

  #isAnothersLease({ kind, by }: LogEntry): boolean {
    return kind.kind === Lease.kind && by !== this.#process && by.startsWith(this.#process)
  }
}

const isAbout = (
  { kind, ref }: LogEntry,
  plan: { kind: LogEntry['kind']; ref: LogEntry['ref'] },
): boolean =>
  kindKey(kind) === kindKey(plan.kind) &&
  ref.name === plan.ref.name &&
  (ref.namespace ?? '') === (plan.ref.namespace ?? '')
