/** The rules of every custom resource: what a status subresource takes away from the rest, and what counts as a change. */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import { sameExcept } from '../../api/same.ts'
import { entityTooLarge } from '../http/status.ts'
import type { Strategy } from '../resources/resource.ts'
import { keep } from '../resources/status-strategy.ts'
import type { CustomSchema } from '../schema/custom-schema.ts'
import { DefaultsError } from '../schema/structural/index.ts'

const metadata = new Set(['metadata'])

/** @param hasStatus whether `/status` is where the status is written, and only there */
export function customStrategy(
  schema: CustomSchema,
  { hasStatus }: { hasStatus: boolean },
): Strategy<KubernetesObject> {
  return {
    unconditionalUpdate: false,
    default: (object) => fillIn(schema, object),
    generation: (object, old) => !sameExcept(object, old, metadata),
    examine: (object, old, warn) => schema.validate(object, old, warn),
    examineStatus: (object, old, warn) => schema.validate(object, old, warn),
    prepareForStatusUpdate,
    ...(hasStatus && {
      prepareForCreate(object) {
        delete object.status
      },
      prepareForUpdate(object, old) {
        keep(object, old, 'status')
      },
    }),
  }
}

/** @throws StatusError 413 */
function fillIn(schema: CustomSchema, object: KubernetesObject): void {
  try {
    schema.default(object)
  } catch (error) {
    if (error instanceof DefaultsError) throw entityTooLarge(`${error.message} would be filled in`)
    throw error
  }
}

/** Nothing but the status is taken, and of the metadata only who manages what. */
function prepareForStatusUpdate(object: KubernetesObject, old: KubernetesObject): void {
  const { status, metadata } = object
  const { resourceVersion, managedFields } = metadata
  for (const field of Object.keys(object)) delete object[field]
  Object.assign(object, cloneJson(old))
  if (status === undefined) delete object.status
  else object.status = status
  object.metadata.resourceVersion = resourceVersion
  object.metadata.managedFields = managedFields
}
