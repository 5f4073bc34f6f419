/** Where something stands in a schema, as people read it: `spec.ports[].name`, `spec.labels.*`. */

import type { JsonSchema } from './json-schema.ts'
import { KindError } from './kind-error.ts'

export const fieldPath = (parent: string, name: string): string => {
  const simple = /^[\w$*-]+$/.test(name)
  if (parent === '' && simple) return name
  return simple ? `${parent}.${name}` : `${parent}['${name}']`
}

/**
 * The schema at a path of names, `.spec.replicas`; refused where nothing can stand. `undefined` for what only JSONPath
 * can follow and where the schema does not say what stands.
 */
export function partAt(schema: JsonSchema, path: string, what: string): JsonSchema | undefined {
  if (!/^(\.[\w$-]+)+$/.test(path) || path.startsWith('.metadata')) return undefined
  let part = schema
  for (const name of path.slice(1).split('.')) {
    const field = fieldOf(part, name)
    if (field === undefined && part['x-kubernetes-preserve-unknown-fields']) return undefined
    if (field === undefined)
      throw new KindError(path, `${what} names the field ${name}, which the schema has not`)
    part = field
  }
  return part
}

/** What stands under a name; `__proto__` and its like only where they are declared. */
export function fieldOf(
  { properties = {}, additionalProperties: others }: JsonSchema,
  name: string,
): JsonSchema | undefined {
  if (Object.hasOwn(properties, name)) return properties[name]
  return typeof others === 'object' ? others : undefined
}
