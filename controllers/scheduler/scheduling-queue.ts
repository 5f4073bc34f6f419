/**
 * Pods that want a node. A pod is `active` (next, by priority, then by age), in `backoff` after a failure (1 s, doubling to
 * 10 s), `unschedulable` until something happens that may help it (or five minutes have passed), `gated`, or out: taken
 * to be placed. It holds as many pods as are pending in the cluster.
 */

import type { Cancel, Clock } from '../../ports/clock.ts'
import { Heap } from './heap.ts'
import type { ClusterEvent, Plugin } from './plugin.ts'
import { isGated } from './plugins/scheduling-gates.ts'
import type { PodInfo } from './pod-info.ts'

type State =
  | { name: 'gated' | 'active' | 'out' }
  | { name: 'backoff'; until: number }
  | { name: 'unschedulable'; since: number; rejectedBy: ReadonlySet<Plugin> }

export interface QueuedPod {
  info: PodInfo
  state: State
  /** When it came, in order. */
  readonly sequence: number
  attempts: number
  /** Before this it is not tried again, on the clock's monotonic time. */
  notBefore: number
  /** Something happened to it while it was out. */
  changed: boolean
}

const shortest = 1000
const longest = 10_000
/** Milliseconds after which an unschedulable pod is tried again without an occasion. */
const patience = 300_000

export interface QueueOptions {
  clock: Clock
  /** Called when a pod has become active. */
  onActive(): void
}

export class SchedulingQueue {
  readonly #clock: Clock
  readonly #onActive: () => void
  readonly #pods = new Map<string, QueuedPod>()
  readonly #active = new Heap<QueuedPod>(
    (a, b) =>
      a.info.priority > b.info.priority ||
      (a.info.priority === b.info.priority && a.sequence < b.sequence),
  )
  readonly #backoff = new Heap<QueuedPod>((a, b) => a.notBefore < b.notBefore)
  readonly #unschedulable = new Set<QueuedPod>()
  #sequence = 0
  #timer: { at: number; cancel: Cancel } | undefined

  constructor({ clock, onActive }: QueueOptions) {
    this.#clock = clock
    this.#onActive = onActive
  }

  get sizes(): { active: number; backoff: number; unschedulable: number; gated: number } {
    let gated = 0
    for (const { state } of this.#pods.values()) if (state.name === 'gated') gated++
    return {
      active: this.#active.size,
      backoff: this.#backoff.size,
      unschedulable: this.#unschedulable.size,
      gated,
    }
  }

  /** A pending pod, new or changed in a way that may matter. */
  put(info: PodInfo): void {
    const known = this.#pods.get(info.uid)
    if (!known) {
      const state: State = { name: 'out' }
      const queued = {
        info,
        state,
        sequence: this.#sequence++,
        attempts: 0,
        notBefore: 0,
        changed: false,
      }
      this.#pods.set(info.uid, queued)
      this.#ready(queued)
      return
    }
    if (known.state.name === 'out') {
      known.info = info
      known.changed = true
      return
    }
    this.#leave(known)
    known.info = info
    this.#ready(known)
  }

  /** The same pod with nothing new in it that matters. */
  refresh(info: PodInfo): void {
    const known = this.#pods.get(info.uid)
    if (known) known.info = info
  }

  /** It is placed or gone. */
  delete(uid: string): void {
    const known = this.#pods.get(uid)
    if (!known) return
    this.#leave(known)
    this.#pods.delete(uid)
  }

  /** The next to be placed; it is then `out` until it is `failed` or deleted. */
  take(): QueuedPod | undefined {
    const queued = this.#active.pop()
    if (!queued) return undefined
    queued.state = { name: 'out' }
    queued.changed = false
    queued.attempts++
    return queued
  }

  /**
   * No node would do, or binding failed: then, `again`, it waits for nothing but its back-off.
   */
  failed(queued: QueuedPod, rejectedBy: ReadonlySet<Plugin>, { again = false } = {}): void {
    if (this.#pods.get(queued.info.uid) !== queued) return
    const now = this.#clock.monotonic()
    queued.notBefore = now + Math.min(shortest * 2 ** (queued.attempts - 1), longest)
    if (again || queued.changed) {
      this.#ready(queued)
      return
    }
    queued.state = { name: 'unschedulable', since: now, rejectedBy }
    this.#unschedulable.add(queued)
    this.#arm()
  }

  /** Nobody could be told why it waits, so it waits for nothing but its back-off. */
  untold(uid: string): void {
    const queued = this.#pods.get(uid)
    if (queued?.state.name !== 'unschedulable') return
    this.#unschedulable.delete(queued)
    this.#ready(queued)
  }

  /** Lets those try again whom this may help. */
  happened(event: ClusterEvent): void {
    for (const queued of this.#unschedulable) {
      const { state } = queued
      if (state.name !== 'unschedulable' || !mayHelp(event, state.rejectedBy)) continue
      this.#unschedulable.delete(queued)
      this.#ready(queued)
    }
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #leave(queued: QueuedPod): void {
    this.#active.delete(queued)
    this.#backoff.delete(queued)
    this.#unschedulable.delete(queued)
  }

  /** Active, or in back-off if its time has not come. */
  #ready(queued: QueuedPod): void {
    if (isGated(queued.info.pod)) {
      queued.state = { name: 'gated' }
      return
    }
    if (queued.notBefore > this.#clock.monotonic()) {
      queued.state = { name: 'backoff', until: queued.notBefore }
      this.#backoff.push(queued)
      this.#arm()
      return
    }
    queued.state = { name: 'active' }
    this.#active.push(queued)
    this.#onActive()
  }

  /** One timer for whatever comes next. */
  #arm(): void {
    const at = this.#nextMoment()
    if (this.#timer && at !== undefined && this.#timer.at <= at) return
    this.stop()
    if (at === undefined) return
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () =>
      this.#expire(),
    )
    this.#timer = { at, cancel }
  }

  #nextMoment(): number | undefined {
    let next = this.#backoff.peek()?.notBefore ?? Number.POSITIVE_INFINITY
    // Those that became unschedulable first stand first.
    for (const { state } of this.#unschedulable)
      if (state.name === 'unschedulable') {
        next = Math.min(next, state.since + patience)
        break
      }
    return Number.isFinite(next) ? next : undefined
  }

  #expire(): void {
    this.#timer = undefined
    const now = this.#clock.monotonic()
    for (let queued = this.#backoff.peek(); queued; queued = this.#backoff.peek()) {
      if (queued.notBefore > now) break
      this.#backoff.delete(queued)
      this.#ready(queued)
    }
    for (const queued of this.#unschedulable) {
      if (queued.state.name !== 'unschedulable' || queued.state.since + patience > now) break
      this.#unschedulable.delete(queued)
      this.#ready(queued)
    }
    this.#arm()
  }
}

/** A pod that no rule refused (there were no nodes) waits for a node. */
function mayHelp(event: ClusterEvent, rejectedBy: ReadonlySet<Plugin>): boolean {
  if (rejectedBy.size === 0) return event === 'node-added'
  for (const { retryAfter } of rejectedBy) if (retryAfter.includes(event)) return true
  return false
}
