/** Plain JSON values as Go prints them: messages of the API quote them so. */

import { isRawNumber } from '../../api/json-text.ts'

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)

/** `%v`: `map[a:b list:[1 2]]` */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (isObject(value))
    return `map[${sorted(value, (name, inner) => `${name}:${goText(inner)}`, ' ')}]`
  if (value === null || value === undefined) return '<nil>'
  return isRawNumber(value) ? value.rawJSON : String(value)
}

/** `%#v`: `map[string]interface {}{"a":"b"}` */
export function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `${goType(value)}{${value.map(goSyntax).join(', ')}}`
  if (isObject(value)) {
    const fields = sorted(
      value,
      (name, inner) => `${JSON.stringify(name)}:${goSyntax(inner)}`,
      ', ',
    )
    return `${goType(value)}{${fields}}`
  }
  if (value === null || value === undefined) return 'interface {}(nil)'
  return isRawNumber(value) ? value.rawJSON : JSON.stringify(value)
}

/** `%T` */
export function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (isObject(value)) return 'map[string]interface {}'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  return Number.isInteger(value) || isRawNumber(value) ? 'int64' : 'float64'
}

const sorted = (
  object: Fields,
  print: (name: string, value: unknown) => string,
  between: string,
): string =>
  Object.keys(object)
    .sort()
    .map((name) => print(name, object[name]))
    .join(between)
