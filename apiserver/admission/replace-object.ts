/** Another version of an object put in the place of the one that the pipeline holds. */

import { setOwn } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'

/** `object` becomes what `by` is; `by` is given away. */
export function replaceObject(object: KubernetesObject, by: object): void {
  for (const key of Object.keys(object)) delete object[key]
  for (const [key, value] of Object.entries(by)) setOwn(object, key, value)
}
