/**
 * Schemas of other libraries: anything that follows Standard Schema and tells its JSON Schema (zod 4 does), or that is
 * wrapped together with a function that tells it. What such a schema would compute in the client (transforms, codecs)
 * no server can run: it is refused. Refinements in code are invisible in JSON Schema and hence not enforced.
 */

import type { JsonSchema } from './json-schema.ts'
import { KindError } from './kind-error.ts'
import { sameSchema } from './same-schema.ts'
import { type OutputOf, Schema, type Typed, type WrittenOf } from './schema.ts'
import type { Placed } from './schema-at.ts'
import type { SourceSchema } from './structural/source.ts'
import { structural } from './structural/structural.ts'

/** Tells a schema as JSON Schema (OpenAPI 3.0 or draft 2020-12): as it is written, or as it is read. */
export type ToJsonSchema<S> = (schema: S, side: 'input' | 'output') => object

/**
 * A vendor's schema as one of ours, to say more of it, or to say how to get its JSON Schema.
 *
 *     fromVendor(z.string().max(63)).rule("self != 'default'", 'is taken')
 *     fromVendor(schema, (own, io) => z.toJSONSchema(own, { target: 'openapi-3.0', io }))
 */
export const fromVendor = <S extends Typed>(
  schema: S,
  toJsonSchema?: ToJsonSchema<S>,
): Schema<OutputOf<S>, WrittenOf<S>> =>
  new Schema({
    optional: acceptsNothing(schema),
    keywords: {},
    parts: (path) =>
      structuralOf(
        (side) => (toJsonSchema ? toJsonSchema(schema, side) : standard(schema, side, path)),
        path,
      ),
  })

export const vendorSchemaAt = (schema: Typed, path: string): Placed => ({
  json: structuralOf((side) => standard(schema, side, path), path),
  optional: acceptsNothing(schema),
})

function structuralOf(tell: (side: 'input' | 'output') => object, path: string): JsonSchema {
  const input = told('input', tell, path)
  const output = told('output', tell, path)
  if (!sameSchema(shape(input), shape(output)))
    throw new KindError(
      path,
      'reads as something else than is written (a transform or codec), which the server cannot run: declare what is stored',
    )
  return structural(input, path)
}

function told(
  side: 'input' | 'output',
  tell: (side: 'input' | 'output') => object,
  path: string,
): SourceSchema {
  try {
    return tell(side) as SourceSchema
  } catch (error) {
    if (error instanceof KindError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new KindError(path, `its ${side} has no JSON Schema: ${why}`)
  }
}

/** What defaults do not change about a schema. */
function shape(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(shape)
  if (schema === null || typeof schema !== 'object') return schema
  const {
    required: _required,
    default: _default,
    additionalProperties,
    ...rest
  } = schema as SourceSchema
  return Object.fromEntries(
    Object.entries({ ...rest, ...(additionalProperties ? { additionalProperties } : {}) }).map(
      ([key, value]) => [key, shape(value)],
    ),
  )
}

interface StandardProps {
  jsonSchema?: Record<'input' | 'output', (options: { target: string }) => object>
  validate?: (value: unknown) => unknown
}

const propsOf = (schema: Typed): StandardProps | undefined =>
  (schema as { '~standard'?: StandardProps } | undefined)?.['~standard']

function standard(schema: Typed, side: 'input' | 'output', path: string): object {
  const tell = propsOf(schema)?.jsonSchema?.[side]
  if (!tell)
    throw new KindError(
      path,
      'is no schema that tells its JSON Schema: use the builders, zod 4, or fromVendor(schema, toJsonSchema)',
    )
  try {
    // It says more than OpenAPI does, of tuples and of the names in maps.
    return tell({ target: 'draft-2020-12' })
  } catch {
    // A vendor need not know it, and says by itself what else is wrong.
    return tell({ target: 'openapi-3.0' })
  }
}

/** Whether it takes `undefined`, asked of the schema itself, as JSON Schema has no word for it outside of an object. */
function acceptsNothing(schema: Typed): boolean {
  const result = propsOf(schema)?.validate?.(undefined)
  if (result === null || typeof result !== 'object' || result instanceof Promise) return false
  return (result as { issues?: unknown }).issues === undefined
}
