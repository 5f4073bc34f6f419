/** What is said of the names in a map, which a structural schema has no keyword for: rules over the keys. */

import { celLiteral, celSees } from '../cel.ts'
import type { JsonSchema } from '../json-schema.ts'
import { KindError } from '../kind-error.ts'
import { notRe2 } from '../pattern.ts'
import type { Place, SourceSchema } from './source.ts'

export function keyRules(
  { propertyNames, properties, ...source }: SourceSchema,
  json: JsonSchema,
  place: Place,
): JsonSchema {
  const { type: _, ...names } = propertyNames ?? {}
  const conditions = Object.entries(names).map(([keyword, value]) =>
    condition(keyword, value, place),
  )
  // Names that must be there, of a map whose names are not declared.
  if (!properties)
    for (const name of source.required ?? []) conditions.push(`${celLiteral(name)} in self`)
  if (conditions.length === 0) return {}
  if (typeof json.additionalProperties !== 'object' || !celSees(json))
    throw new KindError(
      place.path,
      'says what its keys are, but rules see only maps whose values have a type: give them one, or take any key',
    )
  return {
    'x-kubernetes-validations': conditions.map((rule) => ({
      rule,
      message: `its keys must satisfy ${rule}`,
    })),
  }
}

function condition(keyword: string, value: unknown, { path }: Place): string {
  if (keyword === 'minLength') return `self.all(key, size(key) >= ${value})`
  if (keyword === 'maxLength') return `self.all(key, size(key) <= ${value})`
  if (keyword === 'const') return `self.all(key, key == ${celLiteral(value)})`
  if (keyword === 'enum' && Array.isArray(value))
    return `self.all(key, key in [${value.map(celLiteral).join(', ')}])`
  if (keyword === 'pattern' && typeof value === 'string' && notRe2(value) === undefined)
    return `self.all(key, key.matches(${celLiteral(value)}))`
  throw new KindError(path, `cannot say ${keyword} of a map's keys: add a rule() over them`)
}
