/**
 * Fills in a schema's defaults, those of nested objects and of items too. A null where none may stand counts as
 * absent. Changes the object it is given. A few nulls can ask for much: what is filled in has a bound.
 */

import { cloneJson, setOwn } from '../../../api/json-text.ts'
import { resourceFields } from './decode.ts'
import { propertyOf, type Structural } from './structural.ts'
import { isObject, type JsonObject } from './values.ts'

/** Characters of JSON that are filled in in one object: as many as a request may have. */
const maximumFilled = 3 << 20

/** The object would become larger than any that is stored. */
export class DefaultsError extends Error {
  override name = 'DefaultsError'

  constructor() {
    super(`defaults of more than ${maximumFilled} characters`)
  }
}

/** Fields that every resource has are not the schema's to fill in. @throws DefaultsError */
export function applyDefaults(object: JsonObject, schema: Structural): void {
  if (schema.hasDefaults) new Filling().object(object, schema, resourceFields)
}

/**
 * @param value without the defaults of the schema beneath it, for values that are defaults themselves
 * @throws DefaultsError
 */
export const fillIn = (value: unknown, schema: Structural): void =>
  new Filling().value(value, schema)

/** How long the defaults of schemas are, in characters. */
const lengths = new WeakMap<Structural, number>()

function lengthOf(schema: Structural): number {
  const known = lengths.get(schema) ?? JSON.stringify(schema.default).length
  lengths.set(schema, known)
  return known
}

class Filling {
  #left = maximumFilled

  value(value: unknown, schema: Structural | undefined): void {
    if (!schema?.hasDefaults) return
    if (isObject(value)) this.object(value, schema)
    else if (Array.isArray(value) && schema.items) this.#items(value, schema.items)
  }

  object(object: JsonObject, schema: Structural, except?: ReadonlySet<string>): void {
    for (const [key, property] of schema.properties) {
      if (property.default === undefined || except?.has(key)) continue
      if (!Object.hasOwn(object, key) || isEmpty(object[key], property))
        setOwn(object, key, this.#default(property))
    }
    for (const key of Object.keys(object)) {
      if (except?.has(key)) continue
      const property = propertyOf(schema, key)
      if (!property) continue
      if (property.default !== undefined && isEmpty(object[key], property))
        setOwn(object, key, this.#default(property))
      this.value(object[key], property)
    }
  }

  #items(items: unknown[], schema: Structural): void {
    for (let at = 0; at < items.length; at++) {
      if (schema.default !== undefined && isEmpty(items[at], schema))
        items[at] = this.#default(schema)
      this.value(items[at], schema)
    }
  }

  #default(schema: Structural): unknown {
    this.#left -= lengthOf(schema)
    if (this.#left < 0) throw new DefaultsError()
    return cloneJson(schema.default)
  }
}

const isEmpty = (value: unknown, schema: Structural) => value === null && !schema.nullable
