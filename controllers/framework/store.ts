/**
 * What is known of one kind: objects by namespace and name, with indexes that follow every change. It says what each
 * change was; it decides nothing.
 */

import { type Selector, selectorMatches } from '../../api/selector.ts'
import type { WithMeta } from './cluster.ts'
import type { Reader } from './inputs.ts'
import { compareResourceVersions } from './resource-version.ts'

/** Objects are shared: they must not be changed. */
export type Change<T> =
  /** `initial`: it was there already when this was subscribed to; nothing has happened to it. */
  | { type: 'added'; object: T; initial: boolean }
  | { type: 'updated'; object: T; previous: T }
  | { type: 'deleted'; object: T }

/** The values an object is found by; none: it is not in this index. */
export type IndexFunction<T> = (object: T) => readonly string[]

class Index<T> {
  readonly #valuesOf: IndexFunction<T>
  readonly #objects = new Map<string, Set<T>>()

  constructor(valuesOf: IndexFunction<T>) {
    this.#valuesOf = valuesOf
  }

  add(object: T): void {
    for (const value of this.#valuesOf(object)) {
      const set = this.#objects.get(value)
      if (set) set.add(object)
      else this.#objects.set(value, new Set([object]))
    }
  }

  delete(object: T): void {
    for (const value of this.#valuesOf(object)) {
      const set = this.#objects.get(value)
      set?.delete(object)
      if (set?.size === 0) this.#objects.delete(value)
    }
  }

  get(value: string): T[] {
    return [...(this.#objects.get(value) ?? [])]
  }
}

const controllerUid = ({ metadata }: WithMeta): string[] => {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller)
  return owner ? [owner.uid] : []
}
const ownerUids = ({ metadata }: WithMeta): string[] =>
  metadata.ownerReferences?.map((reference) => reference.uid) ?? []

export class Store<T extends WithMeta> implements Reader<T> {
  readonly #byNamespace = new Map<string, Map<string, T>>()
  readonly #byController = new Index<T>(controllerUid)
  readonly #byOwner = new Index<T>(ownerUids)
  readonly #more = new Map<string, Index<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(namespace: string, name: string): T | undefined {
    return this.#byNamespace.get(namespace)?.get(name)
  }

  list(options: { namespace?: string; selector?: Selector } = {}): T[] {
    const { namespace, selector } = options
    const found: T[] = []
    const maps =
      namespace === undefined
        ? this.#byNamespace.values()
        : [this.#byNamespace.get(namespace) ?? new Map<string, T>()]
    for (const map of maps)
      for (const object of map.values())
        if (!selector || selectorMatches(selector, object.metadata.labels)) found.push(object)
    return found
  }

  ownedBy(owner: WithMeta | string, options?: { any?: boolean }): T[] {
    const uid = typeof owner === 'string' ? owner : (owner.metadata.uid ?? '')
    return (options?.any ? this.#byOwner : this.#byController).get(uid)
  }

  /** Adds an index under `name`, once; of a second one only the name counts. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    if (this.#more.has(name)) return
    const index = new Index(valuesOf)
    for (const object of this.list()) index.add(object)
    this.#more.set(name, index)
  }

  indexed(name: string, value: string): T[] {
    const index = this.#more.get(name)
    if (!index) throw new Error(`there is no index "${name}": add it first`)
    return index.get(value)
  }

  /** A successor of what is known, or another object of that name: then the old one counts as deleted first. */
  upsert(object: T): Change<T>[] {
    const { namespace = '', name = '', uid, resourceVersion } = object.metadata
    const previous = this.get(namespace, name)?.metadata
    const older =
      previous?.uid === uid &&
      compareResourceVersions(resourceVersion, previous?.resourceVersion) < 0
    return older ? [] : this.#set(object)
  }

  #set(object: T): Change<T>[] {
    const { namespace = '', name = '', resourceVersion } = object.metadata
    const previous = this.get(namespace, name)
    if (!previous) {
      this.#put(object)
      return [{ type: 'added', object, initial: false }]
    }
    if (previous.metadata.uid !== object.metadata.uid) {
      this.#drop(previous)
      this.#put(object)
      return [
        { type: 'deleted', object: previous },
        { type: 'added', object, initial: false },
      ]
    }
    if (resourceVersion !== undefined && resourceVersion === previous.metadata.resourceVersion)
      return []
    this.#drop(previous)
    this.#put(object)
    return [{ type: 'updated', object, previous }]
  }

  gone(object: T): Change<T>[] {
    const { namespace = '', name = '' } = object.metadata
    const previous = this.get(namespace, name)
    if (!previous || previous.metadata.uid !== object.metadata.uid) return []
    this.#drop(previous)
    return [{ type: 'deleted', object }]
  }

  /** `objects` are all there are: tells apart what is new, what has changed and what has gone meanwhile. */
  replace(objects: readonly T[]): Change<T>[] {
    const kept = new Set(objects.map(place))
    const changes: Change<T>[] = []
    for (const known of this.list())
      if (!kept.has(place(known))) {
        this.#drop(known)
        changes.push({ type: 'deleted', object: known })
      }
    for (const object of objects) changes.push(...this.#set(object))
    return changes
  }

  #put(object: T): void {
    const { namespace = '', name = '' } = object.metadata
    const map = this.#byNamespace.get(namespace)
    if (map) map.set(name, object)
    else this.#byNamespace.set(namespace, new Map([[name, object]]))
    this.#size++
    for (const index of this.#indexes()) index.add(object)
  }

  #drop(object: T): void {
    const { namespace = '', name = '' } = object.metadata
    const map = this.#byNamespace.get(namespace)
    map?.delete(name)
    if (map?.size === 0) this.#byNamespace.delete(namespace)
    this.#size--
    for (const index of this.#indexes()) index.delete(object)
  }

  *#indexes(): Iterable<Index<T>> {
    yield this.#byController
    yield this.#byOwner
    yield* this.#more.values()
  }
}

const place = ({ metadata }: WithMeta): string =>
  `${metadata.namespace ?? ''}/${metadata.name ?? ''}`
