/** The current objects of one resource: by key in byte order, by the values of fields and labels, by owner. */

import { compareKeys, prefixEnd } from '../storage/key-order.ts'
import { demanded, Filter, type Selection } from './filter.ts'
import { LabelIndex } from './label-index.ts'
import { SortedIndex } from './sorted-index.ts'
import { ValueIndex } from './value-index.ts'
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

/** Fewer objects are looked at faster than an index of them. */
const few = 200
/** Sorting one object costs as much as looking at so many in order. */
const sortingCosts = 8

export class ObjectIndex {
  readonly #prefix: string
  readonly #indexedFields: readonly string[]
  readonly #byKey: SortedIndex<Version>
  readonly #byField: readonly ValueIndex[]
  readonly #byLabel = new LabelIndex()
  readonly #byOwner = new ValueIndex()
  #bytes = 0

  constructor(prefix: string, indexedFields: readonly string[]) {
    this.#prefix = prefix
    // All but the last letter, in which the end of the prefix differs.
    this.#byKey = new SortedIndex(prefix.length - 1)
    this.#indexedFields = indexedFields
    this.#byField = indexedFields.map(() => new ValueIndex())
  }

  get size(): number {
    return this.#byKey.size
  }

  /** What the objects weigh. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Version | undefined {
    return this.#byKey.get(key)
  }

  /** How many there are in a namespace. */
  countIn(namespace: string): number {
    const prefix = `${this.#prefix}${namespace}/`
    return this.#byKey.rank(prefixEnd(prefix)) - this.#byKey.rank(prefix)
  }

  /** Returns what was there before. */
  set(version: Version): Version | undefined {
    const old = this.#byKey.set(version)
    if (old) this.#unlink(old)
    this.#bytes += version.size
    this.#indexedFields.forEach((field, at) => {
      this.#byField[at]?.link(version.field(field) ?? '', version)
    })
    this.#byLabel.link(version)
    for (const uid of version.owners) this.#byOwner.link(uid, version)
    return old
  }

  delete(key: string): Version | undefined {
    const old = this.#byKey.delete(key)
    if (old) this.#unlink(old)
    return old
  }

  #unlink(version: Version): void {
    this.#bytes -= version.size
    this.#indexedFields.forEach((field, at) => {
      this.#byField[at]?.unlink(version.field(field) ?? '', version)
    })
    this.#byLabel.unlink(version)
    for (const uid of version.owners) this.#byOwner.unlink(uid, version)
  }

  /** In no particular order. */
  ownedBy(uid: string): Iterable<Version> {
    return this.#byOwner.get(uid)
  }

  [Symbol.iterator](): Iterator<Version> {
    return this.#byKey[Symbol.iterator]()
  }

  list(options: ListOptions): ListPage<Version> {
    const filter = new Filter(options)
    const narrowed = this.#named(options) ?? this.#narrowed(options)
    return narrowed ? this.#listSome(narrowed, filter, options) : this.#listAll(filter, options)
  }

  /** The only object that can match, where its name is demanded. */
  #named({ namespace = '', fields }: ListOptions): Iterable<Version> | undefined {
    const name = demanded(fields, 'metadata.name')
    if (name === undefined) return undefined
    const version = this.#byKey.get(this.#prefix + (namespace && `${namespace}/`) + name)
    if (version) return [version]
    // Without a namespace it may be in any.
    return namespace ? [] : undefined
  }

  /** The few objects that can match at all, where an index knows them. */
  #narrowed({ namespace, labels = [], fields = [] }: ListOptions): Iterable<Version> | undefined {
    if (labels.length === 0 && fields.length === 0) return undefined
    const count = namespace ? this.countIn(namespace) : this.size
    if (count < few) return undefined
    const fewerThan = count / sortingCosts
    for (const [at, field] of this.#indexedFields.entries()) {
      const value = demanded(fields, field)
      const index = this.#byField[at]
      if (value !== undefined && index && index.count(value) < fewerThan) return index.get(value)
    }
    return this.#byLabel.candidates(labels, this, fewerThan)
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

  /** A page of a few candidates. */
  #listSome(
    candidates: Iterable<Version>,
    filter: Filter,
    { after, limit = Number.POSITIVE_INFINITY }: ListOptions,
  ): ListPage<Version> {
    const shared = this.#prefix.length - 1
    const items: Version[] = []
    for (const version of candidates)
      if (filter.matches(version) && (!after || compareKeys(version.key, after, shared) > 0))
        items.push(version)
    items.sort((a, b) => compareKeys(a.key, b.key, shared))
    return { items: items.slice(0, limit), more: items.length > limit }
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
