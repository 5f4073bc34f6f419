/** What the API server fills in, filled in here: a schema's defaults, and those of what they bring in. */

import type { JsonSchema } from './json-schema.ts'
import { fieldOf } from './path.ts'

/** The value with its defaults; shares what has none. */
export function withDefaults<T>(value: T, schema: JsonSchema): T {
  return filled(value, schema) as T
}

function filled(value: unknown, schema: JsonSchema): unknown {
  if (Array.isArray(value))
    return schema.items ? value.map((item) => filled(item, schema.items ?? {})) : value
  if (value === null || typeof value !== 'object') return value
  const { properties = {} } = schema
  const result: [string, unknown][] = []
  for (const [name, part] of Object.entries(value)) {
    const partSchema = fieldOf(schema, name) ?? {}
    if (part === undefined || dropsNull(part, partSchema)) continue
    result.push([name, filled(part, partSchema)])
  }
  const there = new Set(result.map(([name]) => name))
  for (const [name, part] of Object.entries(properties))
    if (!there.has(name) && part.default !== undefined)
      result.push([name, filled(structuredClone(part.default), part)])
  return Object.fromEntries(result)
}

/** A `null` that may not be one gives way to the default. */
const dropsNull = (value: unknown, schema: JsonSchema): boolean =>
  value === null && !schema.nullable && schema.default !== undefined
