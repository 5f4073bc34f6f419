/**
 * The objects of a cache in another form than they are stored: in the version of an API that somebody asked for. Each
 * cached version is read once and what is shown of it is shared by all readers; where nothing changes it is the cached
 * version itself. Selectors see what is shown. The order of changes is kept also where reading takes time, because
 * somebody else must be asked. It knows nothing of what the forms are.
 */

import { Observable } from 'rxjs/internal/Observable'
import type { KubernetesObject } from '../../api/object.ts'
import type { Requirement, Selector } from '../../api/selector.ts'
import type { Revision } from '../storage/storage.ts'
import type { CachedObject, CacheEvent, ChangeType } from './cached-object.ts'
import { OrderedEvents } from './ordered-events.ts'
import type { ParsedObjects } from './parsed-objects.ts'
import { type CacheSpec, FieldReader, Version, type VersionContext } from './version.ts'
import type { ListOptions, ListResult, Selection, WatchCache, WatchOptions } from './watch-cache.ts'

type Form = readonly KubernetesObject[]

export interface ViewSpec extends CacheSpec {
  /** What is stored, in the form to show: as many, in the same order; the same object where nothing changes. */
  read(objects: Form): Form | Promise<Form>
  parsed: ParsedObjects
}

/** Read in one go, before others have their turn. */
const slice = 50
/** Entries of a past list that are read at once, while some of them may not match. */
const pastPage = 500

type Shown = Version | Promise<Version>

export class CacheView {
  readonly #cache: WatchCache
  readonly #read: ViewSpec['read']
  readonly #context: VersionContext
  readonly #shown = new WeakMap<CachedObject, Shown>()
  readonly #closing = new AbortController()
  /** The values of the view's fields, for versions that are shown as they are stored. */
  readonly #values = new WeakMap<Version, readonly string[]>()

  constructor(cache: WatchCache, spec: ViewSpec) {
    this.#cache = cache
    this.#read = spec.read
    this.#context = { fields: new FieldReader(spec), parsed: spec.parsed }
  }

  async get(namespace: string, name: string): Promise<CachedObject | undefined> {
    const stored = this.#cache.get(namespace, name)
    return stored && (await this.#showAll([stored]))[0]
  }

  async list(options: ListOptions = {}): Promise<ListResult> {
    if (!isSelective(options)) {
      const page = this.#cache.list(options)
      return { ...page, items: await this.#showAll(page.items) }
    }
    const { namespace, after, limit } = options
    const all = this.#cache.list({ namespace, after, fields: narrowing(options) })
    const items: Version[] = []
    for (let at = 0; at < all.items.length; at += slice) {
      const shown = await this.#showAll(all.items.slice(at, at + slice))
      items.push(...shown.filter((version) => this.#matches(version, options)))
      if (limit !== undefined && items.length > limit) break
    }
    const more = limit !== undefined && items.length > limit
    return { items: more ? items.slice(0, limit) : items, more, revision: all.revision }
  }

  /**
   * A list as of a past revision, from the store's history.
   * @throws CompactedError, FutureRevisionError
   */
  async at(revision: Revision, options: ListOptions = {}): Promise<ListResult> {
    if (!isSelective(options)) {
      const page = await this.#cache.at(revision, options)
      return { ...page, items: await this.#showAll(page.items) }
    }
    const { namespace, limit = Number.POSITIVE_INFINITY } = options
    const items: Version[] = []
    let { after } = options
    for (;;) {
      const page = await this.#cache.at(revision, { namespace, after, limit: pastPage })
      for (const version of await this.#showAll(page.items)) {
        if (!this.#matches(version, options)) continue
        if (items.length === limit) return { items, revision, more: true }
        items.push(version)
      }
      if (!page.more) return { items, revision, more: false }
      after = page.items.at(-1)?.key
    }
  }

  /** As of a cache. @throws TooOldError at once, or later into the observable */
  watch(options: WatchOptions = {}): Observable<CacheEvent> {
    const { labels: _, ...others } = options
    const closing = this.#closing.signal
    const signal = options.signal ? AbortSignal.any([options.signal, closing]) : closing
    // Made first, so that what is too old is told at once.
    const source = (drained: WatchOptions['drained']) =>
      this.#cache.watch({ ...others, fields: narrowing(options), drained, signal })
    source(options.drained)
    const selective = isSelective(options)
    return new Observable((subscriber) => {
      const ordered = new OrderedEvents<CacheEvent>(
        subscriber,
        (events) => this.#tell(events, selective ? options : undefined),
        options.drained,
      )
      subscriber.add(source(() => ordered.drained()).subscribe(ordered))
    })
  }

  /** Ends all watches: what it showed is not how the objects are shown any more. */
  close(): void {
    this.#closing.abort()
  }

  /** The events as this view's watchers are told of them; fewer, where selectors do not see them. */
  #tell(events: CacheEvent[], selection?: Selection): CacheEvent[] | Promise<CacheEvent[]> {
    const objects: CachedObject[] = []
    for (const event of events) {
      if (event.type === 'BOOKMARK') continue
      objects.push(event.object)
      if (selection && event.previous) objects.push(event.previous)
    }
    const shown = this.#show(objects, typeOf(events))
    const told = (versions: Iterable<Version>) => this.#told(events, versions, selection)
    return 'then' in shown ? shown.then(told) : told(shown)
  }

  #told(events: CacheEvent[], versions: Iterable<Version>, selection?: Selection): CacheEvent[] {
    const next = versions[Symbol.iterator]()
    const take = () => next.next().value as Version
    return events.flatMap((event): CacheEvent[] => {
      if (event.type === 'BOOKMARK') return [event]
      const object = take()
      if (!selection) return [{ type: event.type, object }]
      const previous = event.previous && take()
      const was = this.#matches(event.type === 'DELETED' ? object : previous, selection)
      const is = event.type !== 'DELETED' && this.#matches(object, selection)
      if (is) return [{ type: was ? 'MODIFIED' : 'ADDED', object }]
      if (!was) return []
      const left = event.type === 'DELETED' ? object : previous?.deletedAt(object.revision)
      return left ? [{ type: 'DELETED', object: left }] : []
    })
  }

  /** The shown forms, a few at a time. */
  async #showAll(objects: readonly CachedObject[]): Promise<Version[]> {
    const versions: Version[] = []
    for (let at = 0; at < objects.length; at += slice) {
      const shown = this.#show(objects.slice(at, at + slice), 'ADDED')
      if ('then' in shown) {
        // Somebody must be asked: they are asked once for all that is left.
        const rest = this.#show(objects.slice(at + slice), 'ADDED')
        const both = await Promise.all([shown, rest])
        return [...versions, ...both.flat()]
      }
      versions.push(...shown)
      if (at + slice < objects.length) await new Promise((resolve) => setImmediate(resolve))
    }
    return versions
  }

  #show(objects: readonly CachedObject[], type: ChangeType): Version[] | Promise<Version[]> {
    const unknown = objects.filter((object) => !this.#shown.has(object))
    if (unknown.length > 0) this.#learn([...new Set(unknown)], type)
    const shown = objects.map((object) => this.#shown.get(object) as Shown)
    return shown.some((one) => 'then' in one) ? Promise.all(shown) : (shown as Version[])
  }

  #learn(stored: readonly CachedObject[], type: ChangeType): void {
    const objects = stored.map(({ object }) => object)
    const made = (forms: Form) =>
      stored.map((version, at) => {
        const form = forms[at] as KubernetesObject
        const shown =
          form === objects[at]
            ? (version as Version)
            : Version.shown(form, version, type, this.#context)
        this.#shown.set(version, shown)
        return shown
      })
    const forms = this.#read(objects)
    if (!('then' in forms)) {
      made(forms)
      return
    }
    const all = forms.then(made)
    for (const [at, version] of stored.entries()) {
      const one = all.then((versions) => versions[at] as Version)
      this.#shown.set(version, one)
      // Who waits for it is told; whoever comes later tries again.
      one.catch(() => this.#shown.delete(version))
    }
  }

  #matches(version: Version | undefined, { labels = [], fields = [] }: Selection): boolean {
    if (!version?.matches(labels, fields.filter(isOfMetadata))) return false
    return fields.every((field) => isOfMetadata(field) || this.#fieldMatches(version, field))
  }

  #fieldMatches(version: Version, { key, operator, values }: Requirement): boolean {
    let own = this.#values.get(version)
    if (!own) {
      own = this.#context.fields.values(version.object)
      this.#values.set(version, own)
    }
    const value = own[this.#context.fields.names.indexOf(key)]
    const equal = value !== undefined && value === values[0]
    return operator === '!=' ? !equal : equal
  }
}

const isOfMetadata = ({ key }: Requirement) =>
  key === 'metadata.name' || key === 'metadata.namespace'

/** Names are the same in every form, so the cache may look by them. */
const narrowing = ({ fields }: Selection): Selector | undefined => fields?.filter(isOfMetadata)

const isSelective = ({ labels = [], fields = [] }: Selection) =>
  labels.length > 0 || fields.length > 0

const typeOf = ([event]: CacheEvent[]): ChangeType =>
  event === undefined || event.type === 'BOOKMARK' || event.type === 'DELETED'
    ? 'MODIFIED'
    : event.type
