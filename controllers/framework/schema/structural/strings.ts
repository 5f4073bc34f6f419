/** Patterns and formats: vendors' are JavaScript's and JSON Schema's, the API server's are RE2's and Go's. */

import type { JsonSchema } from '../json-schema.ts'
import { KindError } from '../kind-error.ts'
import { notRe2 } from '../pattern.ts'
import type { Place, SourceSchema } from './source.ts'

/** Formats that the API server checks and that mean the same there. `duration` does not: Go's is `1h30m`, not `PT1H`. */
const formats = new Set(
  'bsonobjectid byte cidr creditcard date date-time datetime email hexcolor hostname ipv4 ipv6 isbn isbn10 isbn13 mac password rgbcolor ssn uri uuid uuid3 uuid4 uuid5'.split(
    ' ',
  ),
)

export function stringKeywords(source: SourceSchema, { path }: Place): JsonSchema {
  const { minLength, maxLength, pattern, morePatterns = [], format } = source
  const patterns = pattern === undefined ? [] : [pattern, ...morePatterns]
  const lacking = patterns.map(notRe2).find((missing) => missing !== undefined)
  const known = format !== undefined && formats.has(format)
  if (lacking && !known)
    throw new KindError(
      path,
      `its pattern uses ${lacking}, which RE2 has not: write another, or a rule()`,
    )
  if (format !== undefined && !known && patterns.length === 0)
    throw new KindError(path, `the API server does not check the format ${format}: add a pattern`)
  const [first, ...others] = patterns.filter((one) => notRe2(one) === undefined)
  return {
    ...(typeof minLength === 'number' ? { minLength } : {}),
    ...(typeof maxLength === 'number' ? { maxLength } : {}),
    ...(first === undefined ? {} : { pattern: first }),
    ...(others.length > 0 ? { allOf: others.map((one) => ({ pattern: one })) } : {}),
    ...(known ? { format } : {}),
  }
}
