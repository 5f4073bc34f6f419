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
  if (!/^(\.[\w$-]+)+$/.test(path)) return undefined
  let part: JsonSchema | undefined = schema
  for (const name of path.slice(1).split('.')) {
    if (part === schema && name === 'metadata') return undefined
    const { properties = {}, additionalProperties: others }: JsonSchema = part
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined
    const other = typeof others === 'object' ? others : undefined
    const next: JsonSchema | undefined = own ?? other
    if (next === undefined && part['x-kubernetes-preserve-unknown-fields']) return undefined
    if (next === undefined)
      throw new KindError(path, `${what} names the field ${name}, which the schema has not`)
    part = next
  }
  return part
}
