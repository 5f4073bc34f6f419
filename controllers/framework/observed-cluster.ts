/** A cluster whose requests are counted, timed and traced, whatever it is made of; it changes none of them. */

import type { Clock } from '../../ports/clock.ts'
import {
  ApiError,
  type Cluster,
  type WatchEvent,
  type WatchOptions,
  type WithMeta,
} from './cluster.ts'
import type { Kind } from './kind.ts'
import { Observable } from './streams.ts'
import { type Tracer, traceRequest } from './tracing.ts'

/** What a request asks for, in the words of the authorization API. */
export type RequestVerb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'discover'

/** One request that has been answered, or a watch that was accepted or refused. */
export interface RequestMeasure {
  verb: RequestVerb
  /** Plural and group: `deployments.apps`; empty for discovery. */
  resource: string
  /** The HTTP status; 0 when no answer came. */
  code: number
  /** Milliseconds. */
  duration: number
  /** Why it failed. */
  error?: unknown
}

export interface ObservedOptions {
  clock: Clock
  tracer?: Tracer
  answered(measure: RequestMeasure): void
}

export interface ObservedCluster extends Cluster {
  /** Watches that are subscribed to now. */
  readonly watches: number
}

type AnyKind = Kind<never> | Kind

/**
 *     const observed = observedCluster(cluster, { clock, answered: ({ verb, code }) => count(verb, code) })
 */
export function observedCluster(cluster: Cluster, options: ObservedOptions): ObservedCluster {
  return new Observed(cluster, options)
}

const nameOf = ({ group, plural }: AnyKind): string => (group ? `${plural}.${group}` : plural)

const codeOf = (error: unknown): number => (error instanceof ApiError ? error.code : 0)

class Observed implements ObservedCluster {
  readonly #cluster: Cluster
  readonly #options: ObservedOptions
  #watches = 0

  constructor(cluster: Cluster, options: ObservedOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  get watches(): number {
    return this.#watches
  }

  get: Cluster['get'] = (kind, ref) =>
    this.#ask(
      'get',
      kind,
      () => this.#cluster.get(kind, ref),
      (found) => (found ? 200 : 404),
    )

  list: Cluster['list'] = (kind, options) =>
    this.#ask('list', kind, () => this.#cluster.list(kind, options))

  create: Cluster['create'] = (kind, object, options) =>
    this.#ask('create', kind, () => this.#cluster.create(kind, object, options), created)

  update: Cluster['update'] = (kind, object, options) =>
    this.#ask('update', kind, () => this.#cluster.update(kind, object, options))

  patch: Cluster['patch'] = (kind, ref, patch, options) =>
    this.#ask('patch', kind, () => this.#cluster.patch(kind, ref, patch, options))

  remove: Cluster['remove'] = (kind, ref, options) =>
    this.#ask('delete', kind, () => this.#cluster.remove(kind, ref, options))

  createSubresource: Cluster['createSubresource'] = (kind, ref, subresource, body) =>
    this.#ask(
      'create',
      kind,
      () => this.#cluster.createSubresource(kind, ref, subresource, body),
      created,
    )

  discover: Cluster['discover'] = () =>
    this.#ask('discover', undefined, () => this.#cluster.discover())

  watch<T extends WithMeta>(kind: Kind<T>, options: WatchOptions = {}): Observable<WatchEvent<T>> {
    return new Observable((subscriber) => {
      const began = this.#options.clock.monotonic()
      let told = false
      const answered = (code: number, error?: unknown) => {
        if (!told) this.#answered('watch', kind as AnyKind, code, began, error)
        told = true
      }
      const opened = () => {
        answered(200)
        options.opened?.()
      }
      this.#watches++
      const subscription = this.#cluster.watch(kind, { ...options, opened }).subscribe({
        next: (event) => {
          answered(200)
          subscriber.next(event)
        },
        error: (error: unknown) => {
          answered(codeOf(error), error)
          subscriber.error(error)
        },
        complete: () => {
          answered(200)
          subscriber.complete()
        },
      })
      return () => {
        this.#watches--
        subscription.unsubscribe()
      }
    })
  }

  async #ask<R>(
    verb: RequestVerb,
    kind: AnyKind | undefined,
    ask: () => Promise<R>,
    code: (answer: R) => number = () => 200,
  ): Promise<R> {
    const { clock, tracer } = this.#options
    const began = clock.monotonic()
    try {
      const answer = await (tracer ? this.#traced(tracer, verb, kind, ask) : ask())
      this.#answered(verb, kind, code(answer), began)
      return answer
    } catch (error) {
      this.#answered(verb, kind, codeOf(error), began, error)
      throw error
    }
  }

  #traced<R>(tracer: Tracer, verb: RequestVerb, kind: AnyKind | undefined, ask: () => Promise<R>) {
    const resource = kind ? nameOf(kind) : ''
    const attributes = { 'k8s.verb': verb, 'k8s.resource': resource }
    return traceRequest(tracer, `${verb} ${resource}`.trim(), attributes, ask)
  }

  #answered(
    verb: RequestVerb,
    kind: AnyKind | undefined,
    code: number,
    began: number,
    error?: unknown,
  ): void {
    const { clock, answered } = this.#options
    const duration = clock.monotonic() - began
    answered({
      verb,
      resource: kind ? nameOf(kind) : '',
      code,
      duration,
      ...(error === undefined ? {} : { error }),
    })
  }
}

const created = () => 201
