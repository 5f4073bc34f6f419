/** The versions of a kind besides the one that is written: where they are served, and how objects are seen in them. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Resource } from '../resources/resource.ts'
import type { Conversions } from './conversions.ts'
import { typeOf } from './kinds.ts'
import type { Version } from './versions.ts'

/** By its place in the URL; `undefined` for what is not served. */
export type Find = (group: string, version: string, plural: string) => Resource | undefined

const storedOf = (resource: Resource): Resource => resource.storage?.stored ?? resource

/** The same kind in another version, if it is served. */
export function sibling(
  resource: Resource,
  apiVersion: string,
  find: Find | undefined,
): Resource | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const found = find?.(group, version, resource.plural)
  if (!found) return undefined
  const one = storedOf(found)
  const other = storedOf(resource)
  return one === other || (one.group === other.group && one.plural === other.plural)
    ? found
    : undefined
}

/** `undefined` where a webhook that converts has failed: such a manager's fields stay as they are. */
export function otherVersion(
  written: Resource,
  other: Resource,
  sample: KubernetesObject,
  conversions: Conversions,
): Version | undefined {
  if (!conversions.convert(sample, written, other)) return undefined
  return {
    type: typeOf(other),
    from: (object) => conversions.convert(object, written, other) ?? object,
    back: (object) => conversions.convert(object, other, written) ?? object,
  }
}
