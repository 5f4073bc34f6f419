/** Keywords that go over as they stand. */

import type { JsonSchema } from '../json-schema.ts'
import type { SourceSchema } from './source.ts'

/** What is the same for all types. */
export function common(source: SourceSchema): JsonSchema {
  const json: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(source))
    if (keyword.startsWith('x-kubernetes-')) json[keyword] = value
  for (const keyword of ['description', 'title', 'default'])
    if (source[keyword] !== undefined) json[keyword] = source[keyword]
  if (source.const !== undefined) json.enum = [source.const]
  else if (source.enum) json.enum = [...source.enum]
  if (source.nullable) json.nullable = true
  return json as JsonSchema
}

export const picked = (source: SourceSchema, keywords: readonly string[]): JsonSchema =>
  Object.fromEntries(
    keywords
      .filter((keyword) => source[keyword] !== undefined)
      .map((keyword) => [keyword, source[keyword]]),
  )

/** Says `null` and nothing else. */
export const isNull = ({ type, enum: values, const: value }: SourceSchema): boolean =>
  type === 'null' || value === null || (values?.length === 1 && values[0] === null)
