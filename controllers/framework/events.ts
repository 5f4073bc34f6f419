/**
 * Records Events. One that repeats is counted instead of created again, many that differ only in words are told in
 * one, and an object that never stops talking is cut short. Recording never fails and never waits: what does not fit
 * into the queue is dropped and counted.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Event as EventObject } from '../../api/types.ts'
import type { WriteCause } from '../../api/write-record.ts'
import { type Clock, sleep, time } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { type Cluster, isNotFound } from './cluster.ts'
import type { EventText } from './context.ts'
import { Event } from './kinds.ts'
import { causeNow, onAccountOf } from './origin.ts'
import { Recent } from './recent.ts'

/** As whom to speak, and how much may wait to be sent. */
export interface RecorderOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** `source.component` and `reportingComponent`, unless told with the event. */
  component: string
  /** `reportingInstance`. */
  instance?: string
  /** `source.host`: the node that speaks. */
  host?: string
  /** Events that wait to be sent (1,000). */
  capacity?: number
}

/** Records Events beside the work that they tell of. */
export interface Recorder {
  /** Never throws and never waits. */
  record(about: KubernetesObject, event: EventText, component?: string): void
  /** Events that were not sent: the queue was full, an object had too many, or the server refused. */
  readonly dropped: number
  /** Resolves when all that was recorded before is sent. */
  flush(): Promise<void>
  stop(): Promise<void>
}

interface Entry {
  event: EventObject
  /** Of the run that told it last. */
  cause: WriteCause | undefined
  /** The server has it; only its count is sent then. */
  stored: boolean
  queued: boolean
}

interface Budget {
  tokens: number
  at: number
}

/** Different messages of one reason about one object, in ten minutes, before they are told in one. */
const similarLimit = 10
const similarWindow = 600_000
/** An object may have so many events at once, and one more in so many milliseconds. */
const burst = 25
const refill = 300_000
const remembered = 4_096

/** Begins to send at the first event, and goes on until `stop`. */
export function recorder(options: RecorderOptions): Recorder {
  return new QueueRecorder(options)
}

class QueueRecorder implements Recorder {
  readonly #options: RecorderOptions
  readonly #entries = new Recent<Entry>(remembered)
  readonly #similar = new Recent<{ messages: Set<string>; since: number }>(remembered)
  readonly #budgets = new Recent<Budget>(remembered)
  readonly #queue: Entry[] = []
  readonly #stop = new AbortController()
  #sending: Promise<void> | undefined
  #dropped = 0

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  get dropped(): number {
    return this.#dropped
  }

  record(about: KubernetesObject, text: EventText, component = this.#options.component): void {
    if (this.#stop.signal.aborted) return
    if (!this.#withinBudget(about)) {
      this.#dropped++
      return
    }
    const { clock } = this.#options
    const { key, message } = this.#combined(about, text)
    const known = this.#entries.get(key)
    if (known) {
      known.event.count = (known.event.count ?? 1) + 1
      known.event.lastTimestamp = time(clock.now())
      known.event.message = message
      known.cause = causeNow()
      this.#enqueue(known)
      return
    }
    const event = this.#event(about, { ...text, message }, component)
    const entry: Entry = { event, cause: causeNow(), stored: false, queued: false }
    this.#entries.set(key, entry)
    this.#enqueue(entry)
  }

  async flush(): Promise<void> {
    while (this.#sending) await this.#sending
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the recorder has stopped'))
    await this.flush()
  }

  #withinBudget({ metadata }: KubernetesObject): boolean {
    const key = metadata.uid ?? `${metadata.namespace}/${metadata.name}`
    const now = this.#options.clock.monotonic()
    const { tokens, at } = this.#budgets.get(key) ?? { tokens: burst, at: now }
    const left = Math.min(burst, tokens + (now - at) / refill)
    this.#budgets.set(key, { tokens: left < 1 ? left : left - 1, at: now })
    return left >= 1
  }

  /** Under which key an event is counted, and what it says. */
  #combined(about: KubernetesObject, text: EventText): { key: string; message: string } {
    const group = JSON.stringify([
      about.kind,
      about.metadata.uid,
      text.fieldPath,
      text.type,
      text.reason,
    ])
    const now = this.#options.clock.monotonic()
    let similar = this.#similar.get(group)
    if (!similar || now - similar.since > similarWindow) {
      similar = { messages: new Set(), since: now }
      this.#similar.set(group, similar)
    }
    if (similar.messages.size < similarLimit || similar.messages.has(text.message)) {
      similar.messages.add(text.message)
      return { key: `${group}${text.message}`, message: text.message }
    }
    return { key: group, message: `(combined from similar events): ${text.message}` }
  }

  #event(about: KubernetesObject, text: EventText, component: string): EventObject {
    const { clock, random, host, instance = this.#options.component } = this.#options
    const { namespace, name = '', uid, resourceVersion } = about.metadata
    const now = time(clock.now())
    const suffix = random.uuid().replaceAll('-', '').slice(0, 16)
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: namespace ?? 'default', name: `${name.slice(0, 230)}.${suffix}` },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        namespace,
        name,
        uid,
        resourceVersion,
        ...(text.fieldPath ? { fieldPath: text.fieldPath } : {}),
      },
      type: text.type,
      reason: text.reason,
      message: text.message.slice(0, 1024),
      ...(text.action ? { action: text.action } : {}),
      source: { component, ...(host ? { host } : {}) },
      reportingComponent: component,
      reportingInstance: instance,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    }
  }

  #enqueue(entry: Entry): void {
    if (entry.queued) return
    if (this.#queue.length >= (this.#options.capacity ?? 1_000)) {
      this.#dropped++
      return
    }
    entry.queued = true
    this.#queue.push(entry)
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined
    })
  }

  async #drain(): Promise<void> {
    // So that events of one turn are counted before the first is sent.
    await Promise.resolve()
    for (let entry = this.#queue.shift(); entry; entry = this.#queue.shift()) {
      entry.queued = false
      // Sending was begun by whoever told first.
      const sent = await onAccountOf(entry.cause, () => this.#send(entry))
      if (!sent) this.#dropped++
      // Who is leaving does not wait for a server that does not answer.
      if (!sent && this.#stop.signal.aborted) this.#dropped += this.#queue.splice(0).length
    }
  }

  async #send(entry: Entry): Promise<boolean> {
    const { cluster, clock } = this.#options
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        if (entry.stored) await this.#count(entry)
        else await cluster.create(Event, structuredClone(entry.event))
        entry.stored = true
        return true
      } catch (error) {
        if (entry.stored && isNotFound(error)) entry.stored = false
        else if (!isUnanswered(error)) break
        else if (attempt < 2)
          await sleep(clock, 1_000 * 2 ** attempt, this.#stop.signal).catch(() => {})
        if (this.#stop.signal.aborted) break
      }
    }
    return false
  }

  #count({ event }: Entry): Promise<EventObject> {
    const { namespace, name = '' } = event.metadata
    const { count, lastTimestamp, message } = event
    const ref = { name, ...(namespace ? { namespace } : {}) }
    return this.#options.cluster.patch(Event, ref, {
      type: 'merge',
      body: { count, lastTimestamp, message },
    })
  }
}

const isUnanswered = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConnectionError'
