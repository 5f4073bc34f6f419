/**
 * The framework's `Cluster` straight on the registry, without sockets: a request enters where decoding begins, so it
 * meets the same server as one over HTTP does. Who asks is given, and may do everything.
 */

import type { Subscription } from 'rxjs'
import { Observable } from 'rxjs/internal/Observable'
import type { KubernetesObject } from '../api/object.ts'
import { parseFieldSelector, parseLabelSelector, SelectorError } from '../api/selector.ts'
import {
  ApiError,
  type Cluster,
  type DiscoveredKind,
  type List,
  type ListOptions,
  type Patch,
  type Ref,
  type RemoveOptions,
  type WatchEvent,
  type WatchOptions,
  type WithMeta,
  type WriteOptions,
} from '../controllers/framework/cluster.ts'
import { apiVersion, type Kind } from '../controllers/framework/kind.ts'
import { causeNow } from '../controllers/framework/origin.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { asStatusError } from './http/answers.ts'
import { verbsOf } from './http/discovery.ts'
import { badRequest, StatusError } from './http/status.ts'
import type {
  Registry,
  WatchEvent as RegistryEvent,
  RequestContext,
  Target,
  User,
} from './registry/registry.ts'
import { qualifiedName, type Resource } from './resources/resource.ts'
import { compareVersions } from './resources/version-priority.ts'

export interface InProcessPorts {
  registry: Registry
  clock: Clock
  random: Random
  /** Hears of errors that should not have happened. */
  unexpected(error: unknown): void
}

export class InProcessCluster implements Cluster {
  readonly #ports: InProcessPorts
  readonly #user: User

  constructor(ports: InProcessPorts, user: User) {
    this.#ports = ports
    this.#user = user
  }

  async get<T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined> {
    const target = this.#target(kind, ref)
    try {
      const { bytes } = await this.#ports.registry.get(target, undefined, this.#context())
      return own<T>(bytes)
    } catch (error) {
      if (error instanceof StatusError && error.reason === 'NotFound' && error.status.details?.name)
        return undefined
      throw this.#told(error, false)
    }
  }

  async list<T extends WithMeta>(kind: Kind<T>, options: ListOptions = {}): Promise<List<T>> {
    return this.#asking(false, async (context) => {
      const target = this.#target(kind, { namespace: options.namespace })
      const { limit, resourceVersion, resourceVersionMatch } = options
      const token = options.continue
      const version = { resourceVersion, resourceVersionMatch }
      const selection = { ...selectors(options), ...version, limit, continue: token }
      const result = await this.#ports.registry.list(target, selection, context)
      return {
        items: result.items.map(({ object }) => object as unknown as T),
        resourceVersion: String(result.revision),
        ...(result.continue !== undefined && { continue: result.continue }),
      }
    })
  }

  watch<T extends WithMeta>(kind: Kind<T>, options: WatchOptions = {}): Observable<WatchEvent<T>> {
    return new Observable((subscriber) => {
      const ending = new AbortController()
      let events: Subscription | undefined
      const { timeoutSeconds } = options
      const cancel = timeoutSeconds
        ? this.#ports.clock.after(timeoutSeconds * 1000, () => ending.abort())
        : undefined
      const failed = (error: unknown) => subscriber.error(this.#told(error, false))
      this.#watch(kind, options, ending.signal).then((source) => {
        if (subscriber.closed) return
        options.opened?.()
        events = source.subscribe({
          next: (event) => subscriber.next(eventOf(event)),
          error: failed,
          complete: () => subscriber.complete(),
        })
      }, failed)
      return () => {
        cancel?.()
        events?.unsubscribe()
      }
    })
  }

  async #watch(
    kind: Kind<never> | Kind,
    options: WatchOptions,
    signal: AbortSignal,
  ): Promise<Observable<RegistryEvent>> {
    const target = this.#target(kind, { namespace: options.namespace })
    const { resourceVersion } = options
    const wish = { ...selectors(options), resourceVersion, bookmarks: true }
    return this.#ports.registry.watch(target, wish, this.#context(signal))
  }

  create<T extends WithMeta>(kind: Kind<T>, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#asking(true, async (context) => {
      const { namespace } = object.metadata
      const target = this.#target(kind, { namespace, subresource: options.subresource })
      const body = { object: { ...typeOf(kind), ...asSent(object) } }
      const written = await this.#ports.registry.create(target, body, optionsOf(options), context)
      return own<T>(written.bytes)
    })
  }

  update<T extends WithMeta>(kind: Kind<T>, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#asking(true, async (context) => {
      const { namespace, name } = object.metadata
      const target = this.#target(kind, { namespace, name, subresource: options.subresource })
      const body = { object: { ...typeOf(kind), ...asSent(object) } }
      const written = await this.#ports.registry.update(target, body, optionsOf(options), context)
      return own<T>(written.bytes)
    })
  }

  patch<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#asking(true, async (context) => {
      const target = this.#target(kind, { ...ref, subresource: options.subresource })
      const body = { object: asSent(patch.type === 'json' ? patch.operations : patch.body) }
      const { registry } = this.#ports
      const force = patch.type === 'apply' ? patch.force : undefined
      const wish = { ...optionsOf(options), ...(force !== undefined && { force }) }
      const written = await registry.patch(target, patch.type, body, wish, context)
      return own<T>(written.bytes)
    })
  }

  remove<T extends WithMeta>(kind: Kind<T>, ref: Ref, options: RemoveOptions = {}): Promise<void> {
    return this.#asking(true, async (context) => {
      const { uid, resourceVersion, ...deletion } = options
      const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined
      const target = this.#target(kind, ref)
      await this.#ports.registry.delete(target, { ...deletion, preconditions }, context)
    })
  }

  createSubresource<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    subresource: string,
    body: object,
  ): Promise<KubernetesObject> {
    return this.#asking(true, async (context) => {
      const target = this.#target(kind, { ...ref, subresource })
      const written = await this.#ports.registry.create(target, { object: body }, {}, context)
      return own<KubernetesObject>(written.bytes)
    })
  }

  /** Each kind once, in the version that discovery prefers. */
  async discover(): Promise<DiscoveredKind[]> {
    const preferred = new Map<string, Resource>()
    for (const resource of this.#ports.registry.resources) {
      const name = qualifiedName(resource)
      const known = preferred.get(name)
      if (!known || compareVersions(resource.version, known.version) < 0)
        preferred.set(name, resource)
    }
    return [...preferred.values()].map((resource) => {
      const { group, version, kind, plural, namespaced } = resource
      return { group, version, kind, plural, namespaced, verbs: verbsOf(resource) }
    })
  }

  /** @throws ApiError 404 for a kind that is not served */
  #target(
    { group, version, plural }: Kind<never> | Kind,
    place: { namespace?: string; name?: string; subresource?: string },
  ): Target {
    const resource = this.#ports.registry.find(group, version, plural)
    if (!resource)
      throw new ApiError(404, 'NotFound', 'the server could not find the requested resource')
    const { namespace = '', name, subresource } = place
    return {
      resource,
      namespace: resource.namespaced ? namespace : '',
      ...(name !== undefined && { name }),
      ...(subresource !== undefined && { subresource }),
    }
  }

  #context(signal: AbortSignal = never): RequestContext {
    return {
      user: this.#user,
      requestId: this.#ports.random.uuid(),
      // `system:kube-scheduler` is the user that the kube-scheduler is.
      userAgent: this.#user.name.replace(/^system:/, ''),
      cause: causeNow(),
      signal,
      warn: () => {},
    }
  }

  async #asking<R>(mutating: boolean, ask: (context: RequestContext) => Promise<R>): Promise<R> {
    try {
      return await ask(this.#context())
    } catch (error) {
      throw this.#told(error, mutating)
    }
  }

  /** Any error as the one that a client of the server would have been told. */
  #told(error: unknown, mutating: boolean): ApiError {
    if (error instanceof ApiError) return error
    const status = asStatusError(error, mutating, this.#ports.unexpected)
    return status instanceof StatusError
      ? new ApiError(status.code, status.reason, status.message, status.status.details)
      : new ApiError(status.code, 'NotFound', status.message)
  }
}

const never = new AbortController().signal

/** What would have arrived over the wire: fields that are `undefined` are absent. */
const asSent = <T extends object>(object: T): T => JSON.parse(JSON.stringify(object)) as T

/** Whoever writes to a kind need not say again which it is. */
const typeOf = (kind: Kind<never> | Kind) => ({ apiVersion: apiVersion(kind), kind: kind.kind })

/** The caller's own. */
const own = <T>(bytes: Buffer): T => JSON.parse(bytes.toString()) as T

const optionsOf = ({ dryRun, fieldManager }: WriteOptions) => ({ dryRun, fieldManager })

/** @throws StatusError 400 */
function selectors({ labelSelector = '', fieldSelector = '' }: ListOptions) {
  try {
    return { labels: parseLabelSelector(labelSelector), fields: parseFieldSelector(fieldSelector) }
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message)
    throw error
  }
}

function eventOf<T>(event: RegistryEvent): WatchEvent<T> {
  return event.type === 'BOOKMARK'
    ? { type: 'BOOKMARK', resourceVersion: String(event.revision) }
    : { type: event.type, object: event.object.object as T }
}
