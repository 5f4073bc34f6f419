/**
 * The versions in which one and the same object is served, and an object of one of them in the form of another. What
 * the forms are stands with each kind.
 */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { Resource } from '../resources/resource.ts'

const storedOf = (resource: Resource): Resource => resource.storage?.stored ?? resource

/** The other resources that show the objects of this one. */
export function equivalents(resource: Resource, served: Iterable<Resource>): Resource[] {
  const stored = storedOf(resource)
  const found: Resource[] = []
  for (const other of served)
    if (other !== resource && !other.virtual && storedOf(other) === stored) found.push(other)
  return found
}

/** An object of `from` as `to` shows it: the same object where they are the same, else the caller's own. */
export async function convert(
  object: KubernetesObject,
  from: Resource,
  to: Resource,
): Promise<KubernetesObject> {
  if (from === to) return object
  const own = cloneJson(object)
  const stored = from.storage ? await from.storage.write(own) : own
  const [shown = stored] = to.storage ? await to.storage.read([stored]) : [stored]
  return shown
}
