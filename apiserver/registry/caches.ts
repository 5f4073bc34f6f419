/** The watch caches of what is stored: one for each kind's prefix, whichever versions show it, opened and closed at run time. */

import { StatusError } from '../http/status.ts'
import type { Resource } from '../resources/resource.ts'
import type { WatchCache } from '../watch/watch-cache.ts'
import type { WatchHub } from '../watch/watch-hub.ts'
import { collectionPrefix } from './keys.ts'

export interface CachesOptions {
  /** Fields of which many watchers ask for one value, by plural. */
  indexedFields?: ReadonlyMap<string, readonly string[]>
}

export class Caches {
  readonly #hub: WatchHub
  readonly #options: CachesOptions
  readonly #byPrefix = new Map<string, WatchCache>()

  constructor(hub: WatchHub, options: CachesOptions = {}) {
    this.#hub = hub
    this.#options = options
  }

  /** The cache of what the resource shows; await its `loaded` before it is served. Once for each prefix. */
  open(resource: Resource): WatchCache {
    const prefix = collectionPrefix(resource)
    const open = this.#byPrefix.get(prefix)
    if (open) return open
    const stored = resource.storage?.stored ?? resource
    // What is shown in another form than it is stored is selected in the form that is shown.
    const fieldSelectors = stored.storage ? undefined : stored.fieldSelectors
    const indexedFields = this.#options.indexedFields?.get(stored.plural)
    const cache = this.#hub.cache(prefix, { fieldSelectors, indexedFields })
    this.#byPrefix.set(prefix, cache)
    return cache
  }

  has(resource: Resource): boolean {
    return this.#byPrefix.has(collectionPrefix(resource))
  }

  /** @throws StatusError 404 where it has been closed since the resource was found */
  of(resource: Resource): WatchCache {
    const cache = this.#byPrefix.get(collectionPrefix(resource))
    if (!cache)
      throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})
    return cache
  }

  /** Forgets the objects and ends their watches. */
  close(resource: Resource): void {
    const prefix = collectionPrefix(resource)
    const cache = this.#byPrefix.get(prefix)
    if (!cache) return
    this.#byPrefix.delete(prefix)
    this.#hub.remove(cache)
  }
}
