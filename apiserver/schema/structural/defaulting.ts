/**
 * Fills in a schema's defaults, those of nested objects and of items too. A null where none may stand counts as
 * absent. Changes the object it is given.
 */

import { cloneJson, setOwn } from '../../../api/json-text.ts'
import { resourceFields } from './decode.ts'
import { propertyOf, type Structural } from './structural.ts'
import { isObject, type JsonObject } from './values.ts'

/** Fields that every resource has are not the schema's to fill in. */
export function applyDefaults(object: JsonObject, schema: Structural): void {
  if (schema.hasDefaults) fillObject(object, schema, resourceFields)
}

/** @param value without the defaults of the schema beneath it, for values that are defaults themselves */
export function fillIn(value: unknown, schema: Structural | undefined): void {
  if (!schema?.hasDefaults) return
  if (isObject(value)) fillObject(value, schema)
  else if (Array.isArray(value) && schema.items) fillItems(value, schema.items)
}

function fillObject(object: JsonObject, schema: Structural, except?: ReadonlySet<string>): void {
  for (const [key, property] of schema.properties) {
    if (property.default === undefined || except?.has(key)) continue
    if (!Object.hasOwn(object, key) || isEmpty(object[key], property))
      setOwn(object, key, cloneJson(property.default))
  }
  for (const key of Object.keys(object)) {
    if (except?.has(key)) continue
    const property = propertyOf(schema, key)
    if (!property) continue
    if (property.default !== undefined && isEmpty(object[key], property))
      setOwn(object, key, cloneJson(property.default))
    fillIn(object[key], property)
  }
}

function fillItems(items: unknown[], schema: Structural): void {
  for (let at = 0; at < items.length; at++) {
    if (schema.default !== undefined && isEmpty(items[at], schema))
      items[at] = cloneJson(schema.default)
    fillIn(items[at], schema)
  }
}

const isEmpty = (value: unknown, schema: Structural) => value === null && !schema.nullable
