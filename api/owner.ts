/** Who an object belongs to. */

import type { ObjectMeta, OwnerReference } from './object.ts'

/** The owner reference whose `controller` is true. */
export const controllerOf = (object: { metadata: ObjectMeta }): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((reference) => reference.controller === true)
