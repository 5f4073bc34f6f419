/** The current objects of one resource: by key in byte order, by the values of indexed fields, by owner. */

import { prefixEnd } from '../storage/key-order.ts'
import { demanded, Filter, type Selection } from './filter.ts'
import { SortedIndex } from './sorted-index.ts'
import type { Version } from './version.ts'

export interface ListOptions extends Selection {
  /** Start after this key (exclusive): the key of the last object of the page before. */
  after?: string
  /** At most this many objects; all without it. */
  limit?: number
}

export interface ListPage<T> {
  items: T[]
  /** Whether more objects match after the last one. */
  more: boolean
  /** How many objects come after the last one; only without selectors. */
  remaining?: number
}

type Values = Map<string, Map<string, Version>>

const none: ReadonlyMap<string, Version> = new Map()

export class ObjectIndex {
  readonly #prefix: string
  readonly #indexedFields: readonly string[]
  readonly #byKey: SortedIndex<Version>
  readonly #byField: readonly Values[]
  readonly #byOwner: Values = new Map()

  constructor(prefix: string, indexedFields: readonly string[]) {
    this.#prefix = prefix
    // All but the last letter, in which the end of the prefix differs.
    this.#byKey = new SortedIndex(prefix.length - 1)
    this.#indexedFields = indexedFields
    this.#byField = indexedFields.map(() => new Map())
  }

  get size(): number {
    return this.#byKey.size
  }

  get(key: string): Version | undefined {
    return this.#byKey.get(key)
  }

  /** Returns what was there before. */
  set(version: Version): Version | undefined {
    const old = this.#byKey.set(version)
    if (old) this.#unlink(old)
    this.#indexedFields.forEach((field, at) => {
      link(this.#byField[at] as Values, version.field(field) ?? '', version)
    })
    for (const uid of version.owners) link(this.#byOwner, uid, version)
    return old
  }

  delete(key: string): Version | undefined {
    const old = this.#byKey.delete(key)
    if (old) this.#unlink(old)
    return old
  }

  #unlink(version: Version): void {
    this.#indexedFields.forEach((field, at) => {
      unlink(this.#byField[at] as Values, version.field(field) ?? '', version)
    })
    for (const uid of version.owners) unlink(this.#byOwner, uid, version)
  }

  /** In no particular order. */
  ownedBy(uid: string): Iterable<Version> {
    return (this.#byOwner.get(uid) ?? none).values()
  }

  [Symbol.iterator](): Iterator<Version> {
    return this.#byKey[Symbol.iterator]()
  }

  list(options: ListOptions): ListPage<Version> {
    const filter = new Filter(options)
    const narrowed = this.#narrow(options)
    return narrowed ? listSome(narrowed, filter, options) : this.#listAll(filter, options)
  }

  /** The few objects that can match at all, where an index knows them. */
  #narrow({ namespace, fields }: ListOptions): Iterable<Version> | undefined {
    const name = demanded(fields, 'metadata.name')
    if (name !== undefined && namespace) {
      const version = this.#byKey.get(`${this.#prefix}${namespace}/${name}`)
      return version ? [version] : []
    }
    for (const [at, field] of this.#indexedFields.entries()) {
      const value = demanded(fields, field)
      if (value !== undefined) return (this.#byField[at]?.get(value) ?? none).values()
    }
    return undefined
  }

  #listAll(filter: Filter, { namespace, after, limit }: ListOptions): ListPage<Version> {
    if (this.size === 0)
      return { items: [], more: false, ...(!filter.selective && { remaining: 0 }) }
    const prefix = namespace ? `${this.#prefix}${namespace}/` : this.#prefix
    const end = prefixEnd(prefix)
    const page = listFrom(this.#byKey, startOf(prefix, after), end, filter, limit)
    if (filter.selective) return page
    const last = page.items.at(-1)
    const remaining = page.more && last ? this.#byKey.rank(end) - this.#byKey.rank(last.key) - 1 : 0
    return { ...page, remaining }
  }
}

function startOf(prefix: string, after: string | undefined): string {
  return after === undefined ? prefix : `${after}\0`
}

function listFrom(
  index: SortedIndex<Version>,
  from: string,
  end: string,
  filter: Filter,
  limit = Number.POSITIVE_INFINITY,
): ListPage<Version> {
  const items: Version[] = []
  let more = false
  index.scan(from, end, (version) => {
    if (!filter.matches(version)) return true
    more = items.length >= limit
    if (!more) items.push(version)
    return !more
  })
  return { items, more }
}

/** A page of a few candidates. */
function listSome(
  candidates: Iterable<Version>,
  filter: Filter,
  { after, limit }: ListOptions,
): ListPage<Version> {
  const index = new SortedIndex<Version>()
  for (const version of candidates) index.set(version)
  return listFrom(index, startOf('', after), prefixEnd(''), filter, limit)
}

function link(values: Values, value: string, version: Version): void {
  let versions = values.get(value)
  if (!versions) {
    versions = new Map()
    values.set(value, versions)
  }
  versions.set(version.key, version)
}

function unlink(values: Values, value: string, version: Version): void {
  const versions = values.get(value)
  // The newer version of the same key may stand there already.
  if (versions?.get(version.key) === version) versions.delete(version.key)
  if (versions?.size === 0) values.delete(value)
}
