/** By which fields of a custom resource clients may select: scalars that its schema declares. */

import type { JsonSchemaProps } from '../../schema/structural/definition.ts'
import { followPath } from '../../schema/structural/field-path.ts'
import { PatternError } from '../../schema/structural/pattern.ts'
import { maximumSelectableFields } from '../../schema/structural/selectable-fields.ts'
import { SchemaError, type Structural, structuralOf } from '../../schema/structural/structural.ts'
import { duplicate, type FieldErrors, invalid, required, tooMany } from '../field-errors.ts'

export function* validateSelectableFields(
  fields: readonly { jsonPath: string }[],
  schema: JsonSchemaProps | undefined,
  field: string,
): FieldErrors {
  if (!schema)
    return yield invalid(
      field,
      '',
      'selectableFields may only be set when version.schema.openAPIV3Schema is not included',
    )
  const tree = readable(schema)
  // What is wrong with the schema is told with the schema.
  if (!tree) return
  const seen = new Set<string>()
  for (const [at, { jsonPath }] of fields.entries())
    yield* validatePath(jsonPath, tree, `${field}[${at}].jsonPath`, seen)
  if (seen.size > maximumSelectableFields) yield tooMany(field, seen.size, maximumSelectableFields)
}

function* validatePath(
  jsonPath: string,
  schema: Structural,
  field: string,
  seen: Set<string>,
): FieldErrors {
  if (!jsonPath) return yield required(field)
  const found = followPath(jsonPath, schema, false)
  if ('problem' in found)
    return yield invalid(field, jsonPath, `is an invalid path: ${found.problem}`)
  if (found.root === 'metadata')
    yield invalid(field, jsonPath, 'must not point to fields in metadata')
  if (!['string', 'boolean', 'integer'].includes(found.schema.type))
    yield invalid(
      field,
      jsonPath,
      'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
    )
  if (seen.has(found.path)) yield duplicate(field, jsonPath)
  seen.add(found.path)
}

function readable(schema: JsonSchemaProps): Structural | undefined {
  try {
    return structuralOf(schema)
  } catch (error) {
    if (error instanceof SchemaError || error instanceof PatternError) return undefined
    throw error
  }
}
