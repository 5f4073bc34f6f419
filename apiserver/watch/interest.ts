/**
 * Who may care for a change: each watcher stands in one bucket, the narrowest that its selectors allow, so that a
 * pod's change visits the watchers of its node and its namespace rather than those of five thousand nodes.
 */

import type { Change } from './event-ring.ts'
import { demanded, type Selection } from './filter.ts'
import type { Version } from './version.ts'

type Bucket =
  | { by: 'object'; value: string }
  | { by: 'field'; field: string; value: string }
  | { by: 'namespace'; value: string }
  | { by: 'everything' }

const namespaceBucket = 'namespace'
const objectBucket = 'object'

export class InterestIndex<W> {
  readonly #indexedFields: readonly string[]
  readonly #everything = new Set<W>()
  /** `object`, `namespace` or a field's name, then the value. */
  readonly #buckets = new Map<string, Map<string, Set<W>>>()

  constructor(indexedFields: readonly string[]) {
    this.#indexedFields = indexedFields
  }

  /** Returns what removes it again. */
  add(watcher: W, selection: Selection): () => void {
    const bucket = this.#bucketFor(selection)
    if (bucket.by === 'everything') {
      this.#everything.add(watcher)
      return () => this.#everything.delete(watcher)
    }
    const kind = bucket.by === 'field' ? bucket.field : bucket.by
    return this.#addTo(kind, bucket.value, watcher)
  }

  #bucketFor({ namespace, fields }: Selection): Bucket {
    const name = demanded(fields, 'metadata.name')
    if (name !== undefined) return { by: 'object', value: name }
    for (const field of this.#indexedFields) {
      const value = demanded(fields, field)
      if (value !== undefined) return { by: 'field', field, value }
    }
    return namespace ? { by: 'namespace', value: namespace } : { by: 'everything' }
  }

  #addTo(kind: string, value: string, watcher: W): () => void {
    const values = this.#buckets.get(kind) ?? new Map<string, Set<W>>()
    this.#buckets.set(kind, values)
    const watchers = values.get(value) ?? new Set<W>()
    values.set(value, watchers)
    watchers.add(watcher)
    return () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && values.get(value) === watchers) values.delete(value)
    }
  }

  /** How many watch an object by its name, its namespace, or with all others. */
  count(namespace: string, name: string): number {
    const of = (kind: string, value: string) => this.#buckets.get(kind)?.get(value)?.size ?? 0
    return this.#everything.size + of(namespaceBucket, namespace) + of(objectBucket, name)
  }

  /** Calls `visit` once for each watcher whose bucket the object was in or is in. */
  visit({ before, after }: Change, visit: (watcher: W) => void): void {
    for (const watcher of this.#everything) visit(watcher)
    const version = after ?? before
    if (!version) return
    this.#visitBucket(objectBucket, version.name, visit)
    this.#visitBucket(namespaceBucket, version.namespace, visit)
    for (const field of this.#indexedFields) {
      const values = new Set([before, after].map((one?: Version) => one?.field(field)))
      for (const value of values) if (value !== undefined) this.#visitBucket(field, value, visit)
    }
  }

  #visitBucket(kind: string, value: string, visit: (watcher: W) => void): void {
    const watchers = this.#buckets.get(kind)?.get(value)
    if (watchers) for (const watcher of watchers) visit(watcher)
  }
}
