/** Reads any schema, ours or a vendor's, as the content that goes into a definition. */

import { KindError } from './kind-error.ts'
import { type Node, Schema, type Typed } from './schema.ts'

export function nodeOf(schema: Typed): Node {
  if (schema instanceof Schema) return schema.node
  throw new KindError('', 'is not a schema')
}
