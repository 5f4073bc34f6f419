/** A cluster in memory with as much of the API's behaviour as the node agent relies on. For its tests. */

import { Observable, Subject } from 'rxjs'
import {
  ApiError,
  apiVersion as apiVersionOf,
  type Cluster,
  ConnectionError,
  type Kind,
  type Patch,
  type Ref,
  type WatchEvent,
  type WithMeta,
} from '../../controllers/framework/index.ts'
import { type Clock, time } from '../../ports/clock.ts'

type Stored = WithMeta & { status?: Record<string, unknown>; spec?: Record<string, unknown> }

interface Recorded {
  verb: string
  plural: string
  name: string
  body?: unknown
}

interface Logged {
  plural: string
  version: number
  event: WatchEvent<Stored>
}

const mergeKeys = new Map([
  ['conditions', 'type'],
  ['podIPs', 'ip'],
  ['hostIPs', 'ip'],
  ['addresses', 'type'],
])

type Fields = Record<string, unknown>

function mergeList(old: Fields[], changes: Fields[], key: string): Fields[] {
  const result = [...old]
  for (const { $patch, ...change } of changes) {
    const at = result.findIndex((item) => item[key] === change[key])
    if ($patch === 'delete') {
      if (at >= 0) result.splice(at, 1)
    } else if (at >= 0) result[at] = merge(result[at] ?? {}, change, true)
    else result.push(merge({}, change, true))
  }
  return result
}

function merge(old: Fields, change: Fields, strategic: boolean): Fields {
  const result: Fields = { ...old }
  for (const [field, value] of Object.entries(change)) {
    const key = strategic ? mergeKeys.get(field) : undefined
    const before = result[field]
    if (value === null) delete result[field]
    else if (key && Array.isArray(value))
      result[field] = mergeList((before ?? []) as Fields[], value as Fields[], key)
    else if (typeof value === 'object' && !Array.isArray(value))
      // Statuses' states are unions: what is not sent goes.
      result[field] = merge((before ?? {}) as Fields, value as Fields, strategic)
    else result[field] = value
  }
  return result
}

const notFound = (plural: string, name: string) =>
  new ApiError(404, 'NotFound', `${plural} "${name}" not found`)

export class TestCluster implements Cluster {
  readonly #clock: Clock
  readonly #objects = new Map<string, Map<string, Stored>>()
  readonly #events = new Subject<Logged>()
  readonly #log: Logged[] = []
  #version = 0
  /** Something was written. */
  readonly changes = new Subject<void>()
  /** Every write, in order. */
  readonly writes: Recorded[] = []
  /** While set, nothing answers and watches break. */
  #away = false
  readonly #breaks = new Subject<void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  set away(away: boolean) {
    this.#away = away
    if (away) this.#breaks.next()
  }

  /** As `get`, but always, at once, and without a copy. */
  peek<T extends WithMeta>(kind: Kind<T>, namespace: string, name: string): T | undefined {
    return this.#of(kind).get(`${namespace}/${name}`) as T | undefined
  }

  all<T extends WithMeta>(kind: Kind<T>): T[] {
    return [...this.#of(kind).values()] as unknown as T[]
  }

  async get<T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined> {
    this.#answer()
    return structuredClone(this.peek(kind, ref.namespace ?? '', ref.name))
  }

  async list<T extends WithMeta>(
    kind: Kind<T>,
    options: { namespace?: string; fieldSelector?: string } = {},
  ) {
    this.#answer()
    const items = [...this.#of(kind).values()].filter((object) => selects(options, object))
    return {
      items: structuredClone(items) as unknown as T[],
      resourceVersion: String(this.#version),
    }
  }

  watch<T extends WithMeta>(
    kind: Kind<T>,
    options: { namespace?: string; fieldSelector?: string; resourceVersion?: string } = {},
  ): Observable<WatchEvent<T>> {
    return new Observable((subscriber) => {
      if (this.#away) {
        subscriber.error(new ConnectionError('away'))
        return
      }
      const tell = ({ plural, event, version }: Logged) => {
        if (version <= Number(options.resourceVersion ?? 0) || plural !== kind.plural) return
        if (event.type === 'BOOKMARK' || !selects(options, event.object)) return
        queueMicrotask(() => subscriber.next(structuredClone(event) as WatchEvent<T>))
      }
      this.#log.forEach(tell)
      const events = this.#events.subscribe(tell)
      events.add(this.#breaks.subscribe(() => subscriber.error(new ConnectionError('away'))))
      return events
    })
  }

  async create<T extends WithMeta>(kind: Kind<T>, object: T): Promise<T> {
    this.#answer()
    const { metadata } = object
    const name = metadata.name ?? ''
    const key = `${metadata.namespace ?? ''}/${name}`
    if (this.#of(kind).has(key))
      throw new ApiError(409, 'AlreadyExists', `${kind.plural} "${name}" already exists`)
    this.#record('create', kind, name, object)
    const uid = metadata.uid ?? `uid-${kind.plural}-${name}-${this.#version}`
    const meta = { ...metadata, uid, generation: 1, creationTimestamp: time(this.#clock.now()) }
    const created = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object, metadata: meta }
    return this.#store(kind, key, created as unknown as Stored, 'ADDED')
  }

  async update<T extends WithMeta>(kind: Kind<T>, object: T): Promise<T> {
    this.#answer()
    const { namespace = '', name = '' } = object.metadata
    const key = `${namespace}/${name}`
    const old = this.#of(kind).get(key)
    if (!old) throw notFound(kind.plural, name)
    this.#record('update', kind, name, object)
    const metadata = { ...old.metadata, ...object.metadata }
    return this.#store(kind, key, { ...object, metadata } as unknown as Stored, 'MODIFIED')
  }

  async patch<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options: { subresource?: string } = {},
  ): Promise<T> {
    this.#answer()
    const key = `${ref.namespace ?? ''}/${ref.name}`
    const old = this.#of(kind).get(key)
    if (!old) throw notFound(kind.plural, ref.name)
    if (patch.type === 'json') throw new Error('json patches are not needed here')
    const body = structuredClone(patch.body) as Fields & { metadata?: { uid?: string } }
    if (body.metadata?.uid !== undefined && body.metadata.uid !== old.metadata.uid)
      throw new ApiError(409, 'Conflict', 'Precondition failed: UID in precondition')
    this.#record(
      `patch${options.subresource ? `/${options.subresource}` : ''}`,
      kind,
      ref.name,
      body,
    )
    const next = merge(old as unknown as Fields, body, patch.type === 'strategic')
    return this.#store(kind, key, next as unknown as Stored, 'MODIFIED')
  }

  /** As the API server does it: with grace for pods that are bound, at once for everything else. */
  async remove<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    options: { uid?: string; gracePeriodSeconds?: number } = {},
  ): Promise<void> {
    this.#answer()
    const key = `${ref.namespace ?? ''}/${ref.name}`
    const old = this.#of(kind).get(key)
    if (!old) throw notFound(kind.plural, ref.name)
    if (options.uid !== undefined && options.uid !== old.metadata.uid)
      throw new ApiError(409, 'Conflict', 'Precondition failed: UID in precondition')
    this.#record('remove', kind, ref.name, options)
    const own = old.spec?.terminationGracePeriodSeconds as number | undefined
    const grace = options.gracePeriodSeconds ?? own ?? 30
    if (kind.plural === 'pods' && grace > 0) {
      const metadata = {
        ...old.metadata,
        deletionTimestamp: time(this.#clock.now() + grace * 1000),
        deletionGracePeriodSeconds: Math.min(
          grace,
          old.metadata.deletionGracePeriodSeconds ?? grace,
        ),
      }
      this.#store(kind, key, { ...old, metadata }, 'MODIFIED')
      return
    }
    this.#of(kind).delete(key)
    const object = structuredClone(old)
    object.metadata.resourceVersion = String(++this.#version)
    this.#tell(kind.plural, { type: 'DELETED', object })
  }

  createSubresource(): Promise<never> {
    return Promise.reject(new Error('not needed here'))
  }

  discover(): Promise<never> {
    return Promise.reject(new Error('not needed here'))
  }

  #of<T extends WithMeta>(kind: Kind<T>): Map<string, Stored> {
    const known = this.#objects.get(kind.plural) ?? new Map<string, Stored>()
    this.#objects.set(kind.plural, known)
    return known
  }

  #answer(): void {
    if (this.#away) throw new ConnectionError('away')
  }

  #tell(plural: string, event: WatchEvent<Stored>): void {
    const logged = { plural, version: this.#version, event }
    this.#log.push(logged)
    this.#events.next(logged)
    this.changes.next()
  }

  #record<T extends WithMeta>(verb: string, kind: Kind<T>, name: string, body: unknown): void {
    this.writes.push({ verb, plural: kind.plural, name, body: structuredClone(body) })
  }

  #store<T extends WithMeta>(
    kind: Kind<T>,
    key: string,
    object: Stored,
    type: 'ADDED' | 'MODIFIED',
  ): T {
    const stored = structuredClone(object)
    stored.metadata.resourceVersion = String(++this.#version)
    this.#of(kind).set(key, stored)
    this.#tell(kind.plural, { type, object: stored })
    return structuredClone(stored) as unknown as T
  }
}

function selects(
  { namespace, fieldSelector }: { namespace?: string; fieldSelector?: string },
  { metadata, spec }: Stored,
): boolean {
  if (namespace !== undefined && metadata.namespace !== namespace) return false
  const [field, value] = (fieldSelector ?? '').split('=')
  if (field === 'metadata.name') return metadata.name === value
  if (field === 'spec.nodeName') return spec?.nodeName === value
  return true
}
