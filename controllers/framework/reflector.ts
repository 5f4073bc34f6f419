/**
 * Follows one kind of a cluster for ever: lists, watches from there, resumes what breaks and lists again when the
 * history is gone. It keeps no objects and never ends by itself: trouble is a state to look at, not the end.
 */

import type { Subscription } from 'rxjs'
import type { Clock } from '../../ports/clock.ts'
import { sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { Backoff } from './backoff.ts'
import { ApiError, type Cluster, isExpired, type WatchEvent, type WithMeta } from './cluster.ts'
import type { Kind } from './kind.ts'
import { newerResourceVersion } from './resource-version.ts'

/** Which objects of a kind: all of them without any of these. */
export interface Scope {
  namespace?: string
  /** As in `labelSelector=` and `fieldSelector=`. */
  labelSelector?: string
  fieldSelector?: string
  /** Only `metadata` is wanted; the rest of the objects is then absent or must not be looked at. */
  metadataOnly?: boolean
}

export type ReflectorState =
  /** Nothing was heard yet. */
  | { name: 'connecting' }
  /** A list is being read. */
  | { name: 'syncing' }
  | { name: 'live' }
  /** What is known may be old; it is tried again. */
  | { name: 'degraded'; error: unknown }
  /** The server does not know the kind (now); it is asked again. There are no objects. */
  | { name: 'absent' }
  | { name: 'stopped' }

/** What the reflector tells, in order. */
export interface ReflectorSink<T> {
  /** These are all objects, as of `resourceVersion`. */
  replaced(objects: T[], resourceVersion: string): void
  changed(type: 'upsert' | 'gone', object: T): void
  /** Everything up to this has been told. */
  progressed(resourceVersion: string): void
  state(state: ReflectorState): void
}

export interface ReflectorOptions<T extends WithMeta> {
  cluster: Cluster
  kind: Kind<T>
  scope?: Scope
  clock: Clock
  random: Random
  sink: ReflectorSink<T>
  /** Aborts to end it; the sink hears nothing afterwards but the state `stopped`. */
  signal: AbortSignal
  /** Objects a page (500). */
  pageSize?: number
  /** Milliseconds without any event, bookmarks included, after which a watch is made anew (150,000). */
  idleTimeout?: number
  /** How long the server may keep one watch, in seconds (300 to 600, drawn). */
  watchSeconds?: number
}

/** Where it stands; each step leads to the next. */
type Step<T> =
  | { at: 'list'; pages: T[]; continue?: string }
  /** `fresh`: it has just been listed. */
  | { at: 'watch'; resourceVersion: string; fresh?: boolean }
  | { at: 'wait'; ms: number; next: Step<T> }

type WatchEnd = { how: 'completed' | 'idle' } | { how: 'failed'; error: unknown }

/** A watch that lasted so long counts as having been connected. */
const shortWatch = 1_000
const absentProbe = { first: 1_000, longest: 5_000 }
const connection = { first: 200, longest: 30_000 }

/** A `404` without the name of an object: not the object is missing but the kind. */
const isKindAbsent = (error: unknown): boolean => error instanceof ApiError && error.code === 404

/** Runs until `signal` aborts; never rejects. */
export async function reflect<T extends WithMeta>(options: ReflectorOptions<T>): Promise<void> {
  const { clock, signal, sink } = options
  const reflector = new Reflector(options)
  let step: Step<T> = { at: 'list', pages: [] }
  sink.state({ name: 'connecting' })
  while (!signal.aborted) {
    try {
      switch (step.at) {
        case 'list':
          step = await reflector.list(step)
          break
        case 'watch':
          step = await reflector.watch(step)
          break
        case 'wait':
          await sleep(clock, step.ms, signal)
          step = step.next
          break
        default:
          step satisfies never
      }
    } catch (error) {
      if (!signal.aborted) step = reflector.failed(error, { at: 'list', pages: [] })
    }
  }
  sink.state({ name: 'stopped' })
}

class Reflector<T extends WithMeta> {
  readonly #options: ReflectorOptions<T>
  readonly #backoff: Backoff
  readonly #probe: Backoff

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#backoff = new Backoff(options.random, connection)
    this.#probe = new Backoff(options.random, absentProbe)
  }

  async list(step: Extract<Step<T>, { at: 'list' }>): Promise<Step<T>> {
    const { cluster, kind, scope, sink, signal, pageSize = 500 } = this.#options
    if (step.continue === undefined) sink.state({ name: 'syncing' })
    const page = await cluster.list(kind, { ...scope, limit: pageSize, continue: step.continue })
    if (signal.aborted) return step
    const pages = step.pages.length === 0 ? page.items : step.pages.concat(page.items)
    if (page.continue) return { at: 'list', pages, continue: page.continue }
    this.#probe.reset()
    sink.replaced(pages, page.resourceVersion)
    return { at: 'watch', resourceVersion: page.resourceVersion, fresh: true }
  }

  async watch(step: Extract<Step<T>, { at: 'watch' }>): Promise<Step<T>> {
    const { clock, sink } = this.#options
    const started = clock.monotonic()
    let { resourceVersion } = step
    let heard = false
    const end = await this.#follow(
      resourceVersion,
      () => {
        this.#backoff.reset()
        sink.state({ name: 'live' })
      },
      (event) => {
        heard = true
        if (event.type === 'BOOKMARK') {
          resourceVersion = newerResourceVersion(event.resourceVersion, resourceVersion)
          sink.progressed(resourceVersion)
          return
        }
        sink.changed(event.type === 'DELETED' ? 'gone' : 'upsert', event.object)
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion
      },
    )
    const brief = !heard && clock.monotonic() - started < shortWatch
    const next: Step<T> = { at: 'watch', resourceVersion }
    if (end.how === 'failed') return this.failed(end.error, next, step.fresh === true && brief)
    const short = end.how === 'completed' && brief
    return short ? { at: 'wait', ms: this.#backoff.next(), next } : next
  }

  /** What follows a failure: relist when the history is gone, else the same again after a while. */
  failed(error: unknown, next: Step<T>, justListed = false): Step<T> {
    const { sink } = this.#options
    if (isKindAbsent(error)) {
      sink.state({ name: 'absent' })
      sink.replaced([], '')
      return { at: 'wait', ms: this.#probe.next(), next: { at: 'list', pages: [] } }
    }
    if (isExpired(error) && next.at === 'watch') {
      const list: Step<T> = { at: 'list', pages: [] }
      // What has just been listed is gone already: the next list will hardly last longer.
      return justListed ? { at: 'wait', ms: this.#backoff.next(), next: list } : list
    }
    sink.state({ name: 'degraded', error })
    return { at: 'wait', ms: this.#backoff.next(), next }
  }

  /** One watch, to its end, whichever way it ends. */
  #follow(
    resourceVersion: string,
    opened: () => void,
    heard: (event: WatchEvent<T>) => void,
  ): Promise<WatchEnd> {
    const { cluster, kind, scope, clock, random, signal, idleTimeout = 150_000 } = this.#options
    const timeoutSeconds = this.#options.watchSeconds ?? 300 + Math.floor(random.next() * 300)
    return new Promise((resolve) => {
      let subscription: Subscription | undefined
      let over = false
      let open = false
      const end = (how: WatchEnd) => {
        over = true
        cancelIdle()
        cancelShort()
        signal.removeEventListener('abort', onAbort)
        subscription?.unsubscribe()
        resolve(how)
      }
      const onAbort = () => end({ how: 'completed' })
      const onOpen = () => {
        if (open || over) return
        open = true
        opened()
      }
      let heardAt = clock.monotonic()
      const onIdle = () => {
        const left = heardAt + idleTimeout - clock.monotonic()
        if (left > 0) cancelIdle = clock.after(left, onIdle)
        else end({ how: 'idle' })
      }
      let cancelIdle = clock.after(idleTimeout, onIdle)
      const cancelShort = clock.after(shortWatch, onOpen)
      signal.addEventListener('abort', onAbort, { once: true })
      subscription = cluster
        .watch(kind, { ...scope, resourceVersion, timeoutSeconds, opened: onOpen })
        .subscribe({
          next: (event) => {
            if (over) return
            onOpen()
            heardAt = clock.monotonic()
            try {
              heard(event)
            } catch (error) {
              // Whoever could not take it in (a projection that threw) is told it again.
              end({ how: 'failed', error })
            }
          },
          error: (error: unknown) => {
            if (!over) end({ how: 'failed', error })
          },
          complete: () => {
            if (!over) end({ how: 'completed' })
          },
        })
      if (over) subscription.unsubscribe()
    })
  }
}
