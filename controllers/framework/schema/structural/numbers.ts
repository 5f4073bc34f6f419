/** What is said of numbers, in the words of OpenAPI 3.0. */

import type { JsonSchema } from '../json-schema.ts'
import type { SourceSchema } from './source.ts'

/** Newer drafts give the exclusive bound itself, older ones say of the bound that it is exclusive. */
export function numberKeywords(source: SourceSchema): JsonSchema {
  const { minimum, maximum, multipleOf, format } = source
  return {
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...exclusive(source, 'minimum', 'exclusiveMinimum', Math.max),
    ...exclusive(source, 'maximum', 'exclusiveMaximum', Math.min),
    ...(typeof multipleOf === 'number' ? { multipleOf } : {}),
    ...(format && knownFormats.has(format) ? { format } : {}),
  }
}

const knownFormats = new Set(['int32', 'int64', 'float', 'double'])

function exclusive(
  source: SourceSchema,
  bound: 'minimum' | 'maximum',
  keyword: 'exclusiveMinimum' | 'exclusiveMaximum',
  tighter: (a: number, b: number) => number,
): JsonSchema {
  const value = source[keyword]
  if (value === true) return { [keyword]: true }
  if (typeof value !== 'number') return {}
  const inclusive = source[bound]
  if (inclusive !== undefined && tighter(inclusive, value) !== value) return {}
  return { [bound]: value, [keyword]: true }
}
