/** The lister over the watch caches of what is served. */

import type { Observable } from 'rxjs'
import { EMPTY } from 'rxjs/internal/observable/empty'
import type { KubernetesObject } from '../../api/object.ts'
import type { Resource } from '../resources/resource.ts'
import type { Storage } from '../storage/storage.ts'
import type { CachedObject, CacheEvent } from '../watch/cached-object.ts'
import { decodeObject } from '../watch/encode.ts'
import type { WatchCache } from '../watch/watch-cache.ts'
import { objectKey } from './keys.ts'
import type { Lister, QualifiedName } from './lister.ts'
import type { ResourceSet } from './resource-set.ts'

export interface ListerPorts {
  storage: Storage
  /** What is served at the moment. */
  resources: Pick<ResourceSet, 'named'>
  cacheOf(resource: Resource): WatchCache
}

export class CacheLister implements Lister {
  readonly #ports: ListerPorts

  constructor(ports: ListerPorts) {
    this.#ports = ports
  }

  #find(kind: QualifiedName): Resource | undefined {
    const resource = this.#ports.resources.named(kind)
    return resource?.virtual ? undefined : resource
  }

  get<T = KubernetesObject>(kind: QualifiedName, namespace: string, name: string): T | undefined {
    const resource = this.#find(kind)
    return resource && (this.#ports.cacheOf(resource).get(namespace, name)?.object as T | undefined)
  }

  list(kind: QualifiedName, namespace: string): readonly CachedObject[] {
    const resource = this.#find(kind)
    if (!resource) return []
    const selection = namespace === '' ? {} : { namespace }
    return this.#ports.cacheOf(resource).list(selection).items
  }

  async live<T = KubernetesObject>(
    kind: QualifiedName,
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    const resource = this.#find(kind)
    if (!resource) return undefined
    const { entry } = await this.#ports.storage.get(objectKey(resource, namespace, name))
    if (!entry) return undefined
    const object = decodeObject(entry.value)
    object.metadata.resourceVersion = String(entry.modified)
    return object as T
  }

  changes(kind: QualifiedName): Observable<CacheEvent> {
    const resource = this.#find(kind)
    return resource ? this.#ports.cacheOf(resource).watch({ initial: true }) : EMPTY
  }
}
