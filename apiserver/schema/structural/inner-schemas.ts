/** What stands beneath a schema, for walks that tell no paths. */

import type { JsonSchemaProps } from './definition.ts'

/** Schemas directly beneath one, wherever they may stand. */
export function innerSchemas(schema: JsonSchemaProps): JsonSchemaProps[] {
  const { properties, patternProperties, definitions, allOf, anyOf, oneOf } = schema
  const { additionalProperties, additionalItems, not, items } = schema
  const named = [properties, patternProperties, definitions].flatMap((one) =>
    one ? Object.values(one) : [],
  )
  const single = [additionalProperties, additionalItems, not].filter(
    (one) => typeof one === 'object',
  )
  return [named, allOf ?? [], anyOf ?? [], oneOf ?? [], single, items ?? []].flat(2)
}
