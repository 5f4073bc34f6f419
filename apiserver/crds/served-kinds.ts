/**
 * Which custom resources this server serves, as the definitions say it: the caches of their objects are opened before,
 * so that a kind is served the moment it is established, and closed when its definition is gone.
 */

import type { Caches } from '../registry/caches.ts'
import { endWatches } from '../registry/forms.ts'
import { collectionPrefix } from '../registry/keys.ts'
import type { ResourceSet } from '../registry/resource-set.ts'
import type { Resource } from '../resources/resource.ts'
import type { CustomResourceDefinition } from '../schema/structural/definition.ts'
import type { WatchCache } from '../watch/watch-cache.ts'
import { type CustomKind, customKind } from './custom-kind.ts'
import { isEstablished, isTerminating } from './status.ts'
import type { ConversionPorts } from './webhook-conversion.ts'

export interface ServedPorts extends ConversionPorts {
  resources: ResourceSet
  caches: Caches
  /** Hears of definitions that cannot be served. */
  report(error: unknown): void
}

interface Known {
  uid: string
  /** All that the resources are made from, and of that what their objects look like by. */
  made: string
  looks: string
  kind: CustomKind
  cache: WatchCache
  loaded: boolean
}

export class ServedKinds {
  readonly #ports: ServedPorts
  readonly #builtIn: ReadonlySet<string>
  readonly #known = new Map<string, Known>()
  readonly #loading = new Set<Promise<void>>()

  constructor(ports: ServedPorts) {
    this.#ports = ports
    this.#builtIn = new Set(ports.resources.all.map(collectionPrefix))
  }

  /** The names of the definitions that are known. */
  names(): string[] {
    return [...this.#known.keys()]
  }

  /** Resolves when the caches that are opened by now can be read. */
  async loaded(): Promise<void> {
    await Promise.all(this.#loading)
  }

  /** The kind of a definition and the cache of its objects; absent where they would be those of a built-in kind. */
  of(name: string): { kind: CustomKind; cache: WatchCache } | undefined {
    return this.#known.get(name)
  }

  overlapsBuiltIn({ spec }: CustomResourceDefinition): boolean {
    const { group, names } = spec
    return this.#builtIn.has(collectionPrefix({ group, plural: names.plural }))
  }

  /** Serves what the definition says now. */
  follow(definition: CustomResourceDefinition): void {
    const { name = '', uid = '' } = definition.metadata
    const known = this.#known.get(name)
    // It was deleted and made anew while nobody looked.
    if (known && known.uid !== uid) this.forget(name)
    const looks = JSON.stringify([definition.spec, definition.status?.acceptedNames])
    const made = `${isEstablished(definition)} ${isTerminating(definition)} ${looks}`
    if (this.#known.get(name)?.made === made || this.overlapsBuiltIn(definition)) return
    let kind: CustomKind
    try {
      kind = customKind(definition, this.#ports)
    } catch (error) {
      this.#ports.report(error)
      return
    }
    const cache = this.#ports.caches.open(kind.stored)
    const before = this.#known.get(name)
    const now: Known = { uid, made, looks, kind, cache, loaded: before?.loaded ?? false }
    this.#known.set(name, now)
    if (before?.loaded) this.#serve(name, definition, now, before)
    else this.#whenLoaded(name, cache, () => this.#serve(name, definition, now))
  }

  #whenLoaded(name: string, cache: WatchCache, act: () => void): void {
    const loading = cache.loaded.then(() => {
      this.#loading.delete(loading)
      const known = this.#known.get(name)
      if (known?.cache !== cache) return
      known.loaded = true
      act()
    })
    this.#loading.add(loading)
  }

  #serve(name: string, definition: CustomResourceDefinition, now: Known, before?: Known): void {
    // A later definition has taken its place.
    if (this.#known.get(name) !== now) return
    const { resources, caches } = this.#ports
    resources.replace(name, isEstablished(definition) ? now.kind.served : [])
    if (!before || before.looks === now.looks) return
    const cacheOf = (resource: Resource) => caches.of(resource)
    for (const resource of before.kind.served) endWatches({ cacheOf }, resource)
  }

  /** The definition is gone: so are its resources, their objects and whoever watches them. */
  forget(name: string): void {
    const known = this.#known.get(name)
    if (!known) return
    this.#known.delete(name)
    this.#ports.resources.replace(name, [])
    this.#ports.caches.close(known.kind.stored)
  }
}
