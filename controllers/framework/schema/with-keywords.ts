/** A schema and what else is said of the same value; the rules of both stand. */

import type { JsonSchema } from './json-schema.ts'

export function withKeywords(json: JsonSchema, keywords: JsonSchema): JsonSchema {
  const rules = [
    ...(json['x-kubernetes-validations'] ?? []),
    ...(keywords['x-kubernetes-validations'] ?? []),
  ]
  return {
    ...json,
    ...keywords,
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  }
}
