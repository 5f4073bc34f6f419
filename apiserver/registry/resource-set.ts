/**
 * The resources that are served at the moment. They come from sources (the built-in kinds, each custom resource
 * definition); the resources of one source are swapped at once, and everybody who asks sees either all of the old or
 * all of the new. It knows nothing of where they come from.
 */

import type { Observable } from 'rxjs'
import { Subject } from 'rxjs/internal/Subject'
import { qualifiedName, type Resource, type Resources } from '../resources/resource.ts'
import { compareVersions } from '../resources/version-priority.ts'
import type { QualifiedName } from './lister.ts'

export class ResourceSet implements Resources {
  readonly #builtIn: readonly Resource[]
  readonly #sources = new Map<string, readonly Resource[]>()
  readonly #changes = new Subject<readonly Resource[]>()
  #all: readonly Resource[] = []
  #byPath: ReadonlyMap<string, Resource> = new Map()
  #byName: ReadonlyMap<QualifiedName, Resource> = new Map()

  /** @param builtIn served as long as the server runs; nothing takes their place. */
  constructor(builtIn: readonly Resource[]) {
    this.#builtIn = builtIn
    this.#index()
  }

  /** The built-in ones in their own order, then those of other groups by name, preferred versions first. */
  get all(): readonly Resource[] {
    return this.#all
  }

  /** The resources after each change. */
  get changes(): Observable<readonly Resource[]> {
    return this.#changes
  }

  /** By its place in the URL. */
  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPath.get(pathOf(group, version, plural))
  }

  /** The one by which the objects of a kind are stored, where it is served, or one that shows them. */
  named(name: QualifiedName): Resource | undefined {
    return this.#byName.get(name)
  }

  /** Takes what a source serves now in place of what it served before; nothing removes it. */
  replace(source: string, resources: readonly Resource[]): void {
    const old = this.#sources.get(source) ?? []
    if (old.length === 0 && resources.length === 0) return
    if (resources.length === 0) this.#sources.delete(source)
    else this.#sources.set(source, resources)
    this.#index()
    this.#changes.next(this.#all)
  }

  #index(): void {
    const byPath = new Map<string, Resource>()
    const byName = new Map<QualifiedName, Resource>()
    const custom = [...this.#sources.values()].flat().sort(compare)
    for (const resource of [...this.#builtIn, ...custom]) {
      const path = pathOf(resource.group, resource.version, resource.plural)
      if (byPath.has(path)) continue
      byPath.set(path, resource)
      const name = qualifiedName(resource)
      const known = byName.get(name)
      if (!known || (isView(known) && !isView(resource))) byName.set(name, resource)
    }
    this.#byPath = byPath
    this.#byName = byName
    this.#all = [...byPath.values()]
  }
}

const isView = (resource: Resource): boolean =>
  resource.storage !== undefined && resource.storage.stored !== resource

const pathOf = (group: string, version: string, plural: string) => `${group}/${version}/${plural}`

function compare(one: Resource, other: Resource): number {
  if (one.group !== other.group) return one.group < other.group ? -1 : 1
  const byVersion = compareVersions(one.version, other.version)
  if (byVersion !== 0) return byVersion
  return one.plural < other.plural ? -1 : 1
}
