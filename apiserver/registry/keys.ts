/** Where objects are in the store: `/registry/GROUP/PLURAL/[NAMESPACE/]NAME`, so that a collection is a prefix. */

import type { Resource } from '../resources/resource.ts'

/** What tells where the objects of a kind are. */
type Place = Pick<Resource, 'group' | 'plural' | 'storage'>

const prefixes = new WeakMap<Place, string>()

/** Ends in `/`. */
export function collectionPrefix(resource: Place): string {
  let prefix = prefixes.get(resource)
  if (prefix === undefined) {
    const { group, plural } = resource.storage?.stored ?? resource
    prefix = `/registry/${group || 'core'}/${plural}/`
    prefixes.set(resource, prefix)
  }
  return prefix
}

/** @param namespace empty for cluster-scoped objects */
export function objectKey(resource: Resource, namespace: string, name: string): string {
  const prefix = collectionPrefix(resource)
  return namespace === '' ? prefix + name : `${prefix}${namespace}/${name}`
}
