/** A schema and what else is said of the same value; the rules of both stand. */

import type { JsonSchema } from './json-schema.ts'

export function withKeywords(json: JsonSchema, keywords: JsonSchema): JsonSchema {
  const rules = [
    ...(json['x-kubernetes-validations'] ?? []),
    ...(keywords['x-kubernetes-validations'] ?? []),
  ]
  const merged = { ...json, ...keywords }
  // `null` must be among the values, too.
  if (merged.nullable && merged.enum && !merged.enum.includes(null))
    merged.enum = [...merged.enum, null]
  if (rules.length > 0) merged['x-kubernetes-validations'] = rules
  return merged
}
