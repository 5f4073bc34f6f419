/** Pieces of CEL for the rules that stand in for what a structural schema cannot say. */

import type { JsonSchema } from './json-schema.ts'

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

/** A property's name as CEL has it: `my-field` is `my__dash__field`. */
export function celName(name: string): string {
  if (reserved.has(name)) return `__${name}__`
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__')
}

/** Whether CEL can name the property at all. */
export const hasCelName = (name: string): boolean => /^[A-Za-z_.\-/][A-Za-z0-9_.\-/]*$/.test(name)

/** A value as it is written in CEL. */
export const celLiteral = (value: unknown): string =>
  typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`
    : JSON.stringify(value)

/** Where a rule's blame falls: `.field`, `['odd name']`. */
export const celPath = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `['${name.replaceAll("'", "\\'")}']`

/** Whether CEL sees a field of this schema: only what has a type, all the way into lists and maps. */
export function celSees(schema: JsonSchema): boolean {
  if (schema['x-kubernetes-int-or-string']) return true
  const { type, items, additionalProperties: others } = schema
  if (type === 'array') return items !== undefined && celSees(items)
  return type !== undefined && (typeof others !== 'object' || celSees(others))
}
