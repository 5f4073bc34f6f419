/** What can be told of a value without looking into it: its type, and whether it is one of some. */

import type { FieldError } from '../../resources/resource.ts'
import { outsideEnum, wrongType } from './finding.ts'
import { isKnownFormat } from './formats.ts'
import { type Structural, scalarText } from './structural.ts'
import { sameJson, typeName } from './values.ts'

/** @returns 1 where a type is declared and met */
export function checkType(
  { type, format, nullable, intOrString }: Structural,
  value: unknown,
  path: string,
  errors: FieldError[],
): number {
  const wanted = intOrString ? 'integer,string' : type
  if (wanted === '') return 0
  const given = typeName(value)
  if (given === 'null' ? nullable : fits(given, type, intOrString)) return 1
  // Of scalars that are no text the API tells formats instead of types.
  const named = given !== 'null' && given !== 'string' && given !== 'array'
  if (named && !intOrString && isKnownFormat(type, format))
    errors.push(wrongType(path, format, formatOf(given)))
  else errors.push(wrongType(path, wanted, given))
  return 0
}

const fits = (given: string, type: string, intOrString: boolean): boolean =>
  intOrString
    ? given === 'integer' || given === 'string'
    : given === type || (given === 'integer' && type === 'number')

const formatOf = (type: string) =>
  type === 'integer' ? 'int64' : type === 'number' ? 'float64' : ''

export function checkEnum(
  { enum: values, enumTexts }: Structural,
  value: unknown,
  path: string,
  errors: FieldError[],
): void {
  if (!values || values.length === 0) return
  const text = scalarText(value ?? null)
  const listed =
    enumTexts && text !== undefined
      ? enumTexts.has(text)
      : values.some((one) => sameJson(one, value))
  if (!listed) errors.push(outsideEnum(path, value, values))
}

/** Characters as the API counts them, which are no UTF-16 units. */
export function charactersOf(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0xdc00 || unit > 0xdfff) count++
  }
  return count
}
