/** The fields of a custom resource by which clients may select: as the version declares them. */

import { isRawNumber } from '../../../api/json-text.ts'
import type { KubernetesObject } from '../../../api/object.ts'
import type { DefinitionVersion } from './definition.ts'
import { isObject, ownValue } from './values.ts'

/** More than these a version cannot declare. */
export const maximumSelectableFields = 8

/** By the label that clients write (`spec.color`), the value as text; empty where the field is absent. */
export function selectableFields(
  version: DefinitionVersion,
): Record<string, (object: KubernetesObject) => string> {
  return Object.fromEntries(
    (version.selectableFields ?? []).map(({ jsonPath }) => {
      const names = jsonPath.split('.').slice(1)
      return [names.join('.'), (object: KubernetesObject) => textAt(object, names)]
    }),
  )
}

function textAt(object: KubernetesObject, names: readonly string[]): string {
  let value: unknown = object
  for (const name of names) value = isObject(value) ? ownValue(value, name) : undefined
  if (isRawNumber(value)) return value.rawJSON
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}
