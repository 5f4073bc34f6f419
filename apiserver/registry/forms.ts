/** Between the form in which a resource's objects are stored and the one in which it shows them: for most there is only one. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Resource } from '../resources/resource.ts'
import { CacheView } from '../watch/cache-view.ts'
import { encodeObject } from '../watch/encode.ts'
import type { WatchCache } from '../watch/watch-cache.ts'
import type { RegistryPorts } from './ports.ts'

/** By cache, since servers in one process share the built-in resources. */
const views = new WeakMap<WatchCache, WeakMap<Resource, CacheView>>()

/** What shows a resource's objects as they are asked for. @throws StatusError 404 */
export function shownBy(
  { cacheOf, hub }: Pick<RegistryPorts, 'cacheOf' | 'hub'>,
  resource: Resource,
): WatchCache | CacheView {
  const cache = cacheOf(resource)
  const { storage, fieldSelectors } = resource
  if (!storage) return cache
  const ofCache = views.get(cache) ?? new WeakMap<Resource, CacheView>()
  views.set(cache, ofCache)
  let view = ofCache.get(resource)
  if (!view) {
    const read = storage.read.bind(storage)
    view = new CacheView(cache, { fieldSelectors, read, parsed: hub.parsed })
    ofCache.set(resource, view)
  }
  return view
}

/** Ends the watches of a resource in whose place there is another now, or none. */
export function endWatches({ cacheOf }: Pick<RegistryPorts, 'cacheOf'>, resource: Resource): void {
  views.get(cacheOf(resource))?.get(resource)?.close()
}

/** A stored object, not to be changed, as the resource shows it. */
export async function toShown(
  { storage }: Resource,
  stored: KubernetesObject,
): Promise<KubernetesObject> {
  if (!storage) return stored
  const [shown = stored] = await storage.read([stored])
  return shown
}

/** An object of the resource in the form in which it is stored; the caller's own. */
export async function toStored(
  { storage }: Resource,
  object: KubernetesObject,
): Promise<KubernetesObject> {
  return storage ? storage.write(object) : object
}

/** The bytes to store, and those that readers of this resource will see, `resourceVersion` not spliced in. */
export async function encoded(
  resource: Resource,
  object: KubernetesObject,
): Promise<{ stored: Buffer; shown: Buffer }> {
  const shown = encodeObject(object)
  if (!resource.storage) return { stored: shown, shown }
  return { stored: encodeObject(await toStored(resource, object)), shown }
}
