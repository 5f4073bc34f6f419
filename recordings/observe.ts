/**
 * A recording of any Kubernetes, made from lists and watches: what is there, and then what happens, as lines. Its past
 * begins when it is first looked at, and nobody tells who wrote. It reconnects by itself; where the server keeps no longer
 * what was missed, it begins anew, with a header and a keyframe.
 */

import type { KubernetesObject } from '../api/object.ts'
import { type Cancel, type Clock, sleep } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { Inbox } from './inbox.ts'
import { revisionIn } from './place.ts'
import { type Line, type Moment, recordingFormat } from './recording.ts'
import { isSecret } from './redaction.ts'

/** A kind as the framework has it. */
export interface ObservedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

type Event =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubernetesObject }
  | { type: 'BOOKMARK'; resourceVersion: string }

interface Observer {
  next(event: Event): void
  error(error: unknown): void
  complete(): void
}

/** What is needed of a cluster; that of the framework has it. */
export interface Observed {
  list(
    kind: ObservedKind,
    options: { namespace: string; limit: number; continue?: string },
  ): Promise<{ items: KubernetesObject[]; resourceVersion: string; continue?: string }>
  watch(
    kind: ObservedKind,
    options: { namespace: string; resourceVersion: string; opened: () => void },
  ): { subscribe(observer: Observer): { unsubscribe(): void } }
}

export interface ObserveOptions {
  cluster: Observed
  namespace: string
  /** `rolloutKinds` unless told. Those that may not be listed are left out. */
  kinds?: readonly ObservedKind[]
  clock: Clock
  random: Random
  /** What `/version` says. */
  server: string
  signal: AbortSignal
  /** What is in the way, and `undefined` when it is no longer. */
  trouble?(reason: string | undefined): void
}

const kindOf = (group: string, kind: string, plural: string): ObservedKind => ({
  group,
  version: 'v1',
  kind,
  plural,
  namespaced: true,
})

/** What rollouts are told by. */
export const rolloutKinds: readonly ObservedKind[] = [
  kindOf('apps', 'Deployment', 'deployments'),
  kindOf('apps', 'ReplicaSet', 'replicasets'),
  kindOf('', 'Pod', 'pods'),
  kindOf('', 'Event', 'events'),
]

const pageSize = 500
/** Milliseconds: from one mark to the next; before the first and at most before any later try. */
const markEvery = 5_000
const retry = { first: 250, longest: 10_000 }

/** Ends when the signal aborts; throws where not one of the kinds may be listed. */
export async function* observe(options: ObserveOptions): AsyncGenerator<Line, void, undefined> {
  const { signal, trouble = () => {} } = options
  const observation = new Observation(options)
  while (!signal.aborted) {
    try {
      if (!observation.begun) yield* observation.begin()
      yield* observation.goOn()
    } catch (error) {
      if (signal.aborted) return
      if (codeOf(error) === 410) observation.begun = false
      else if (!observation.begun && codeOf(error) === 403) throw error
      else trouble(error instanceof Error ? error.message : String(error))
    }
    await observation.pause()
  }
}

class Observation {
  readonly #options: ObserveOptions
  /** How far each kind has come. */
  #reached = new Map<ObservedKind, number>()
  #failures = 0
  begun = false

  constructor(options: ObserveOptions) {
    this.#options = options
  }

  async pause(): Promise<void> {
    const { clock, random, signal } = this.#options
    const delay = Math.min(retry.longest, retry.first * 2 ** Math.min(this.#failures++, 10))
    try {
      await sleep(clock, delay / 2 + (delay / 2) * random.next(), signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** The keyframe is of the time of the first list: what came after it in a later one has its own, later revision. */
  async *begin(): AsyncGenerator<Line, void, undefined> {
    const { kinds = rolloutKinds, namespace, server } = this.#options
    const reached = new Map<ObservedKind, number>()
    const objects: KubernetesObject[] = []
    let refusal: unknown
    for (const kind of kinds)
      try {
        const list = await this.#list(kind)
        reached.set(kind, list.revision)
        for (const object of list.objects) objects.push(object)
      } catch (error) {
        if (codeOf(error) !== 403) throw error
        refusal = error
      }
    if (reached.size === 0) throw refusal
    this.#reached = reached
    const edge = this.#moment()
    const resources = [...reached.keys()].map(({ group, plural }) =>
      group === '' ? plural : `${plural}.${group}`,
    )
    yield { type: 'HEADER', format: recordingFormat, server, namespace, resources, edge }
    yield { type: 'KEYFRAME', ...edge, objects }
    this.begun = true
  }

  /** Until one of the watches ends, or the signal aborts. */
  async *goOn(): AsyncGenerator<Line, void, undefined> {
    const { cluster, namespace, signal, trouble } = this.#options
    const inbox = new Inbox<Line>()
    let closed = this.#reached.size
    const opened = () => {
      if (--closed > 0) return
      this.#failures = 0
      trouble?.(undefined)
      inbox.push({ type: 'MARK', ...this.#moment() })
    }
    const watches = [...this.#reached].map(([kind, revision]) =>
      cluster.watch(kind, { namespace, resourceVersion: String(revision), opened }).subscribe({
        next: (event) => this.#hear(kind, event, inbox),
        error: (error) => inbox.fail(error),
        complete: () => inbox.end(),
      }),
    )
    const end = () => inbox.end()
    signal.addEventListener('abort', end, { once: true })
    const cancel = this.#marks(() => closed <= 0 && inbox.push({ type: 'MARK', ...this.#moment() }))
    try {
      if (!signal.aborted) yield* inbox
    } finally {
      cancel()
      signal.removeEventListener('abort', end)
      for (const watch of watches) watch.unsubscribe()
    }
  }

  #hear(kind: ObservedKind, event: Event, inbox: Inbox<Line>): void {
    if (event.type === 'BOOKMARK') {
      this.#reach(kind, Number(event.resourceVersion) || 0)
      return
    }
    const { object } = event
    const revision = revisionIn(object)
    const type = event.type === 'DELETED' ? 'DELETE' : 'PUT'
    // What comes when nobody listens any more is asked for again.
    if (isSecret(object) || inbox.push({ type, revision, at: this.#now(), object }))
      this.#reach(kind, revision)
  }

  #reach(kind: ObservedKind, revision: number): void {
    this.#reached.set(kind, Math.max(this.#reached.get(kind) ?? 0, revision))
  }

  async #list(kind: ObservedKind): Promise<{ objects: KubernetesObject[]; revision: number }> {
    const { cluster, namespace } = this.#options
    const objects: KubernetesObject[] = []
    let next: string | undefined
    let revision: number
    do {
      const page = await cluster.list(kind, {
        namespace,
        limit: pageSize,
        ...(next && { continue: next }),
      })
      for (const object of page.items) if (!isSecret(object)) objects.push(object)
      next = page.continue
      revision = Number(page.resourceVersion)
    } while (next)
    if (!Number.isSafeInteger(revision))
      throw new Error(`the resourceVersions of this server are no numbers: ${kind.plural}`)
    return { objects, revision }
  }

  #marks(mark: () => void): Cancel {
    const { clock } = this.#options
    let cancel: Cancel
    const again = () => {
      mark()
      cancel = clock.after(markEvery, again)
    }
    cancel = clock.after(markEvery, again)
    return () => cancel()
  }

  /** Up to where nothing is missing. */
  #moment = (): Moment => ({ revision: Math.min(...this.#reached.values()), at: this.#now() })

  #now = (): string => new Date(this.#options.clock.now()).toISOString()
}

/** That of a refusal by the API server. */
const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined
