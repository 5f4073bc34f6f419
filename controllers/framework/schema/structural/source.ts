/** JSON Schema as vendors tell it, of whatever draft. Shapes only. */

import type { JsonSchema } from '../json-schema.ts'

export interface SourceSchema {
  $ref?: string
  type?: string | readonly string[]
  const?: unknown
  enum?: readonly unknown[]
  nullable?: boolean
  default?: unknown
  format?: string
  pattern?: string
  /** Patterns that must match as well; the pass' own word, out of `allOf`. */
  morePatterns?: readonly string[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number | boolean
  exclusiveMaximum?: number | boolean
  uniqueItems?: boolean
  properties?: Readonly<Record<string, SourceSchema>>
  required?: readonly string[]
  additionalProperties?: boolean | SourceSchema
  propertyNames?: SourceSchema
  items?: SourceSchema | boolean
  allOf?: readonly SourceSchema[]
  anyOf?: readonly SourceSchema[]
  oneOf?: readonly SourceSchema[]
  readonly [keyword: string]: unknown
}

/** Where the pass stands. */
export interface Place {
  /** In the kind. */
  readonly path: string
  /** The whole of what the vendor told, for references. */
  readonly root: SourceSchema
  /** References that are being followed. */
  readonly following: readonly string[]
  /** The pass itself, for parts. */
  readonly pass: (source: SourceSchema, place: Place) => JsonSchema
}
