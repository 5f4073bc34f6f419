/** Any schema, ours or a vendor's, as the part of a definition that it becomes at its place. */

import type { JsonSchema } from './json-schema.ts'
import { Schema, type Typed } from './schema.ts'
import { vendorSchemaAt } from './vendor.ts'
import { withKeywords } from './with-keywords.ts'

export interface Placed {
  json: JsonSchema
  /** May be left out. */
  optional: boolean
}

export function schemaAt(schema: Typed, path: string): Placed {
  if (!(schema instanceof Schema)) return vendorSchemaAt(schema, path)
  const { keywords, parts, optional } = schema.node
  return { json: withKeywords(parts?.(path) ?? {}, keywords), optional }
}
