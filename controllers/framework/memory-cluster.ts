/**
 * A cluster in memory for tests of the framework itself: versions, conflicts, finalizers, selectors and watches are
 * those of the port (`cluster.cases.ts` holds for it), and every stream can be held, cut or made to forget. It
 * defaults, validates and authorizes nothing; what a controller does is proven against the API server.
 */

import type { Subscriber } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import { same } from '../../api/same.ts'
import { parseFieldSelector, parseLabelSelector, selectorMatches } from '../../api/selector.ts'
import { type Clock, time } from '../../ports/clock.ts'
import { nameSuffix, type Random } from '../../ports/random.ts'
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
} from './cluster.ts'
import { apiVersion, type Kind, kindKey } from './kind.ts'
import { jsonPatch, mergePatch } from './patch.ts'
import { Observable } from './streams.ts'

type Stored = KubernetesObject
type AnyKind = Kind<never> | Kind

interface LogEntry {
  revision: number
  kind: string
  before: Stored | undefined
  after: Stored | undefined
}

interface Watcher {
  kind: string
  options: WatchOptions
  subscriber: Subscriber<WatchEvent<never>>
  next: number
}

export interface MemoryClusterOptions {
  clock: Clock
  random: Random
  /** What is served; everything, but nothing to discover, without it. */
  kinds?: DiscoveredKind[]
  /** Called before every request; what it throws is the answer. */
  intercept?: (request: { verb: string; kind: string; ref?: Ref }) => void | Promise<void>
}

export class MemoryCluster implements Cluster {
  readonly #options: MemoryClusterOptions
  readonly #objects = new Map<string, Stored>()
  readonly #watchers = new Set<Watcher>()
  readonly #held = new Set<string>()
  readonly #absent = new Set<string>()
  #log: LogEntry[] = []
  #oldest = 0
  #revision = 1
  /** Every request, as `verb plural namespace/name`. */
  readonly requests: string[] = []

  constructor(options: MemoryClusterOptions) {
    this.#options = options
  }

  /** Watches of `kind` hear nothing until `release`. */
  hold(kind: AnyKind): void {
    this.#held.add(kindKey(kind))
  }

  release(kind: AnyKind): void {
    this.#held.delete(kindKey(kind))
    for (const watcher of this.#watchers) this.#deliver(watcher)
  }

  /** Ends every watch of `kind`: with `error`, or as if its time was over. */
  cut(kind: AnyKind, error?: unknown): void {
    for (const watcher of this.#watchers)
      if (watcher.kind === kindKey(kind)) {
        this.#watchers.delete(watcher)
        if (error === undefined) watcher.subscriber.complete()
        else watcher.subscriber.error(error)
      }
  }

  /** Forgets the history up to now: watches from before answer 410. */
  compact(): void {
    this.#oldest = this.#revision
    this.#log = []
  }

  bookmark(kind: AnyKind): void {
    for (const { kind: key, subscriber } of this.#watchers)
      if (key === kindKey(kind))
        subscriber.next({ type: 'BOOKMARK', resourceVersion: String(this.#revision) })
  }

  /** The server stops, or begins, to serve `kind`. */
  serve(kind: AnyKind, served: boolean): void {
    if (served) this.#absent.delete(kindKey(kind))
    else this.#absent.add(kindKey(kind))
  }

  watches(kind: AnyKind): number {
    return [...this.#watchers].filter((watcher) => watcher.kind === kindKey(kind)).length
  }

  async get<T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined> {
    await this.#asked('get', kind, ref)
    return clone(this.#objects.get(place(kind, ref))) as T | undefined
  }

  async list<T extends WithMeta>(kind: Kind<T>, options: ListOptions = {}): Promise<List<T>> {
    await this.#asked('list', kind)
    const prefix = `${kindKey(kind)} `
    const all = [...this.#objects.entries()]
      .filter(([key, object]) => key.startsWith(prefix) && matches(object, options))
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const start = options.continue ? all.findIndex(([key]) => key > options.continue!) : 0
    const end = options.limit && start >= 0 ? start + options.limit : all.length
    const page = start < 0 ? [] : all.slice(start, end)
    return {
      items: page.map(([, object]) => clone(object)) as unknown as T[],
      resourceVersion: String(this.#revision),
      ...(start >= 0 && end < all.length ? { continue: page.at(-1)![0] } : {}),
    }
  }

  watch<T extends WithMeta>(kind: Kind<T>, options: WatchOptions = {}): Observable<WatchEvent<T>> {
    return new Observable((subscriber) => {
      let watcher: Watcher | undefined
      const { timeoutSeconds } = options
      const cancel = timeoutSeconds
        ? this.#options.clock.after(timeoutSeconds * 1_000, () => subscriber.complete())
        : () => {}
      this.#asked('watch', kind).then(
        () => {
          if (subscriber.closed) return
          watcher = this.#opened(kind, options, subscriber as Subscriber<WatchEvent<never>>)
        },
        (error: unknown) => subscriber.error(error),
      )
      return () => {
        cancel()
        if (watcher) this.#watchers.delete(watcher)
      }
    })
  }

  async create<T extends WithMeta>(kind: Kind<T>, given: T, options?: WriteOptions): Promise<T> {
    const object = asSent(given) as unknown as Stored
    const { metadata } = object
    if (!metadata.name && metadata.generateName)
      metadata.name = metadata.generateName + nameSuffix(this.#options.random)
    const ref = { name: metadata.name ?? '', ...namespaceOf(kind, metadata.namespace) }
    await this.#asked('create', kind, ref)
    if (this.#objects.has(place(kind, ref)))
      throw new ApiError(409, 'AlreadyExists', `${kind.plural} "${ref.name}" already exists`)
    object.apiVersion = apiVersion(kind)
    object.kind = kind.kind
    metadata.uid = this.#options.random.uuid()
    metadata.generation = 1
    metadata.creationTimestamp = time(this.#options.clock.now())
    return this.#commit(kind, undefined, object, options) as unknown as T
  }

  async update<T extends WithMeta>(kind: Kind<T>, given: T, options?: WriteOptions): Promise<T> {
    const { name = '', namespace } = given.metadata
    const ref = { name, ...namespaceOf(kind, namespace) }
    await this.#asked(`update${options?.subresource ? `/${options.subresource}` : ''}`, kind, ref)
    return this.#replace(kind, this.#known(kind, ref), given as unknown as Stored, options) as never
  }

  async patch<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> {
    await this.#asked(`patch${options?.subresource ? `/${options.subresource}` : ''}`, kind, ref)
    if (patch.type === 'apply')
      throw new ApiError(415, 'UnsupportedMediaType', 'nothing is applied in memory; use a server')
    const before = this.#known(kind, ref)
    const after = (
      patch.type === 'json'
        ? jsonPatch(before, patch.operations)
        : mergePatch(structuredClone(before), patch.body)
    ) as Stored
    return this.#replace(kind, before, after, options) as never
  }

  async remove<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    options?: RemoveOptions,
  ): Promise<void> {
    await this.#asked('delete', kind, ref)
    const before = this.#known(kind, ref)
    this.#precondition(kind, before, options ?? {})
    const after = structuredClone(before)
    const { metadata } = after
    const finalizers = new Set(metadata.finalizers)
    if (options?.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion')
    if (options?.propagationPolicy === 'Orphan') finalizers.add('orphan')
    if (finalizers.size === 0) {
      this.#commit(kind, before, undefined)
      return
    }
    metadata.finalizers = [...finalizers]
    if (!metadata.deletionTimestamp) metadata.generation = (metadata.generation ?? 0) + 1
    metadata.deletionTimestamp ??= time(this.#options.clock.now())
    metadata.deletionGracePeriodSeconds = 0
    this.#commit(kind, before, after)
  }

  async createSubresource<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    subresource: string,
  ): Promise<KubernetesObject> {
    await this.#asked(`create/${subresource}`, kind, ref)
    throw new ApiError(404, 'NotFound', `${kind.plural}/${subresource} is not served in memory`)
  }

  async discover(): Promise<DiscoveredKind[]> {
    return (this.#options.kinds ?? []).filter((kind) => !this.#absent.has(kindKey(kind)))
  }

  async #asked(verb: string, kind: AnyKind, ref?: Ref): Promise<void> {
    const where = ref ? ` ${ref.namespace ?? ''}/${ref.name}` : ''
    this.requests.push(`${verb} ${kind.plural}${where}`)
    await this.#options.intercept?.({ verb, kind: kind.kind, ...(ref ? { ref } : {}) })
    const { kinds } = this.#options
    const unknown = kinds && !kinds.some((known) => kindKey(known) === kindKey(kind))
    if (unknown || this.#absent.has(kindKey(kind)))
      throw new ApiError(404, 'NotFound', 'the server could not find the requested resource')
  }

  #known(kind: AnyKind, ref: Ref): Stored {
    const object = this.#objects.get(place(kind, ref))
    if (!object)
      throw new ApiError(404, 'NotFound', `${kind.plural} "${ref.name}" not found`, {
        name: ref.name,
      })
    return object
  }

  #precondition(kind: AnyKind, { metadata }: Stored, wanted: RemoveOptions): void {
    for (const field of ['uid', 'resourceVersion'] as const)
      if (wanted[field] !== undefined && wanted[field] !== metadata[field])
        throw new ApiError(
          409,
          'Conflict',
          `${kind.plural} "${metadata.name}": the ${field} in the precondition (${wanted[field]}) does not match the ${field} in record (${metadata[field]})`,
        )
  }

  #replace(kind: AnyKind, before: Stored, given: Stored, options?: WriteOptions): Stored {
    const { uid, resourceVersion } = given.metadata
    this.#precondition(kind, before, {
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
    })
    const after = asSent(
      options?.subresource === 'status'
        ? { ...before, status: given.status }
        : { ...given, ...('status' in before ? { status: before.status } : {}) },
    ) as Stored
    const { generation, creationTimestamp, deletionTimestamp } = before.metadata
    after.apiVersion = before.apiVersion!
    after.kind = before.kind!
    Object.assign(after.metadata, { uid: before.metadata.uid, generation, creationTimestamp })
    if (deletionTimestamp) after.metadata.deletionTimestamp = deletionTimestamp
    after.metadata.resourceVersion = before.metadata.resourceVersion!
    if (JSON.stringify(after.spec) !== JSON.stringify(before.spec))
      after.metadata.generation = (generation ?? 0) + 1
    const gone = deletionTimestamp && !after.metadata.finalizers?.length
    return this.#commit(kind, before, gone ? undefined : after, options)
  }

  /** Returns what was stored, or what it was when it went. */
  #commit(
    kind: AnyKind,
    before: Stored | undefined,
    after: Stored | undefined,
    options?: WriteOptions,
  ): Stored {
    const subject = (after ?? before)!
    if (options?.dryRun) return clone(subject)!
    if (before && after && changesNothing(before, after)) return clone(before)!
    const revision = ++this.#revision
    const key = place(kind, subject.metadata as Ref)
    const last = structuredClone(subject)
    last.metadata.resourceVersion = String(revision)
    if (after) this.#objects.set(key, last)
    else this.#objects.delete(key)
    const entry = { revision, kind: kindKey(kind), before, after: after && last }
    this.#log.push(entry)
    for (const watcher of this.#watchers) this.#deliver(watcher)
    return clone(last)!
  }

  #opened(
    kind: AnyKind,
    options: WatchOptions,
    subscriber: Subscriber<WatchEvent<never>>,
  ): Watcher | undefined {
    const from = options.resourceVersion === undefined ? undefined : Number(options.resourceVersion)
    if (from !== undefined && from < this.#oldest) {
      const message = `too old resource version: ${from} (${this.#oldest})`
      subscriber.error(new ApiError(410, 'Expired', message))
      return undefined
    }
    options.opened?.()
    if (from === undefined)
      for (const [key, object] of this.#objects)
        if (key.startsWith(`${kindKey(kind)} `) && matches(object, options))
          subscriber.next({ type: 'ADDED', object: clone(object) as never })
    const watcher = { kind: kindKey(kind), options, subscriber, next: from ?? this.#revision }
    this.#watchers.add(watcher)
    this.#deliver(watcher)
    return watcher
  }

  #deliver(watcher: Watcher): void {
    if (this.#held.has(watcher.kind)) return
    for (const entry of this.#log) {
      if (entry.revision <= watcher.next || entry.kind !== watcher.kind) continue
      watcher.next = entry.revision
      const event = eventFor(entry, watcher.options)
      if (event) watcher.subscriber.next(event as WatchEvent<never>)
    }
  }
}

function eventFor({ before, after, revision }: LogEntry, options: WatchOptions) {
  const was = before && matches(before, options)
  const is = after && matches(after, options)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: clone(after) }
  if (!was) return undefined
  const object = clone(before)!
  object.metadata.resourceVersion = String(revision)
  return { type: 'DELETED', object }
}

const namespaceOf = (kind: AnyKind, namespace: string | undefined) =>
  kind.namespaced && namespace ? { namespace } : {}

const place = (kind: AnyKind, { namespace, name }: { namespace?: string; name?: string }) =>
  `${kindKey(kind)} ${kind.namespaced ? (namespace ?? '') : ''}/${name}`

/** Fields that are `undefined` are absent, as over the wire. */
const asSent = <T extends object>(object: T): T => JSON.parse(JSON.stringify(object)) as T

/** What changes nothing is not written, and nobody hears of it. */
const changesNothing = (before: Stored, after: Stored): boolean =>
  same(before, {
    ...after,
    metadata: { ...after.metadata, resourceVersion: before.metadata.resourceVersion },
  })

const clone = (object: Stored | undefined): Stored | undefined =>
  object && (structuredClone(object) as Stored)

function matches(object: Stored, options: ListOptions): boolean {
  const { namespace, labelSelector = '', fieldSelector = '' } = options
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false
  if (!selectorMatches(parseLabelSelector(labelSelector), object.metadata.labels)) return false
  return parseFieldSelector(fieldSelector).every(({ key, operator, values }) => {
    const value = key
      .split('.')
      .reduce<unknown>((at, field) => (at as Record<string, unknown> | undefined)?.[field], object)
    return (String(value ?? '') === values[0]) === (operator === '=')
  })
}
