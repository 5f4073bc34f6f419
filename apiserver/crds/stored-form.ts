/**
 * How the objects of a custom resource become what one of its versions shows: pruned and defaulted by the schema of
 * the version they are stored in, since that may have changed after they were written; converted; pruned again. It
 * asks nobody itself: the converter may.
 */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import { same } from '../../api/same.ts'
import { StatusError } from '../http/status.ts'
import { apiVersionOf, type Resource, type StorageForm } from '../resources/resource.ts'
import type { CustomSchema } from '../schema/custom-schema.ts'
import { DefaultsError } from '../schema/structural/index.ts'
import { StructureError } from '../schema/structure.ts'
import type { Converter } from './conversion.ts'

/** What all versions of a definition share. */
export interface StoredKind {
  /** The version that is stored. */
  readonly stored: Resource
  /** The schemas of all versions, served or not, by `example.com/v1`. */
  readonly schemas: ReadonlyMap<string, CustomSchema>
  readonly converter: Converter
}

export function storedForm(
  kind: StoredKind,
  shown: { group: string; version: string },
): StorageForm {
  const wanted = apiVersionOf(shown)
  return {
    get stored() {
      return kind.stored
    },
    read(objects) {
      const known = objects.map((object) => inItsVersion(kind, object))
      const converted = kind.converter.convert(known, wanted)
      if ('then' in converted)
        return converted.then((all) => all.map((object, at) => fitting(kind, object, known[at])))
      return converted.map((object, at) => fitting(kind, object, known[at]))
    },
    write(object) {
      const stored = apiVersionOf(kind.stored)
      if (stored === wanted) return object
      const converted = kind.converter.convert([object], stored)
      const kept = ([first = object]: readonly KubernetesObject[]) => pruned(kind, first)
      return 'then' in converted ? converted.then(kept) : kept(converted)
    },
  }
}

/** As it would have been stored today. @throws StatusError 500 */
function inItsVersion({ schemas }: StoredKind, object: KubernetesObject): KubernetesObject {
  const schema = schemas.get(object.apiVersion ?? '')
  if (!schema) throw unknownVersion(object)
  const current = decoded(schema, object)
  try {
    schema.default(current)
  } catch (error) {
    if (!(error instanceof DefaultsError)) throw error
    // Who sees it as it was stored can still repair it.
    return object
  }
  // The same object where nothing changes, so that its bytes are the ones that everybody shares.
  return same(current, object) ? object : current
}

/** What conversion made of it may have fields that its new version does not know. */
function fitting(
  kind: StoredKind,
  converted: KubernetesObject,
  before: KubernetesObject | undefined,
): KubernetesObject {
  return converted === before ? converted : pruned(kind, converted)
}

function pruned({ schemas }: StoredKind, object: KubernetesObject): KubernetesObject {
  const schema = schemas.get(object.apiVersion ?? '')
  return schema ? decoded(schema, object) : object
}

/** Metadata that somebody put into the store by other ways is shown as it is. */
function decoded(schema: CustomSchema, object: KubernetesObject): KubernetesObject {
  try {
    return schema.decode(object as unknown as Record<string, unknown>).object
  } catch (error) {
    if (error instanceof StructureError) return cloneJson(object)
    throw error
  }
}

const unknownVersion = ({ apiVersion }: KubernetesObject): StatusError => {
  const error = new StatusError(
    500,
    'Unknown',
    `request to convert CR from an invalid group/version: ${apiVersion}`,
  )
  delete error.status.reason
  return error
}
