/**
 * One step of a field's path, in the text by which FieldsV1 names it: `f:replicas` (a field, or a key of a map),
 * `k:{"name":"a"}` (the item of a list with these keys), `v:"x"` (an item of a set). Texts are canonical: the same
 * step is always written the same.
 */

import { isRawNumber } from '../../api/json-text.ts'

export class PathElementError extends Error {
  override name = 'PathElementError'
}

/** Names of fields are few, and asked for all the time; what else clients call their keys is not kept. */
const mostNames = 8192
const fieldElements = new Map<string, string>()

/** @param declared by a schema, and not by whoever writes */
export function fieldElement(name: string, declared = false): string {
  const known = fieldElements.get(name)
  if (known !== undefined) return known
  const element = `f:${name}`
  if (declared && fieldElements.size < mostNames) fieldElements.set(name, element)
  return element
}

function scalarText(value: unknown): string {
  if (typeof value !== 'string') return isRawNumber(value) ? value.rawJSON : JSON.stringify(value)
  return escapeMarkup(JSON.stringify(value))
}

/** JSON as Go writes it: what HTML would take for markup is escaped. */
export const escapeMarkup = (json: string): string =>
  json.replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

export const valueElement = (value: unknown): string => `v:${scalarText(value)}`

/** @param keys sorted by name */
export function keyElement(keys: readonly (readonly [name: string, value: unknown])[]): string {
  let text = 'k:{'
  for (const [name, value] of keys) {
    if (text.length > 3) text += ','
    text += `${JSON.stringify(name)}:${scalarText(value)}`
  }
  return `${text}}`
}

/** The name of a field element. */
export const fieldName = (element: string): string => element.slice(2)

export const isField = (element: string): boolean => element.startsWith('f:')

const byName = ([one]: [string, unknown], [other]: [string, unknown]) => (one < other ? -1 : 1)

/** The element in its one text; `undefined` for one of a kind that is not known, which is left out. @throws PathElementError */
export function canonicalElement(text: string): string | undefined {
  if (text[1] !== ':') throw new PathElementError(`missing colon: ${text}`)
  switch (text[0]) {
    case 'f':
      return text
    case 'v':
      return valueElement(parsed(text))
    case 'k': {
      const keys = parsed(text)
      if (typeof keys !== 'object' || keys === null || Array.isArray(keys))
        throw new PathElementError(`not the keys of an item: ${text}`)
      return keyElement(Object.entries(keys).sort(byName))
    }
    case 'i':
      if (!/^i:-?\d+$/.test(text)) throw new PathElementError(`not an index: ${text}`)
      return text
    default:
      return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.slice(2))
  } catch {
    throw new PathElementError(`not JSON after the colon: ${text}`)
  }
}

/** As messages show it: `.spec`, `[name="a",port=80]`, `[="x"]`, `[0]`. */
export function formatElement(element: string): string {
  switch (element[0]) {
    case 'f':
      return `.${fieldName(element)}`
    case 'v':
      return `[=${JSON.stringify(parsed(element))}]`
    case 'k':
      return `[${Object.entries(parsed(element) as object)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`
    default:
      return `[${fieldName(element)}]`
  }
}

export const formatPath = (path: readonly string[]): string => path.map(formatElement).join('')

const kinds = '.fkvi'

/** Fields before items, and among items numbers by size: as FieldsV1 is ordered. */
export function compareElements(one: string, other: string): number {
  if (one === other) return 0
  if (one[0] !== other[0]) return kinds.indexOf(one[0]!) - kinds.indexOf(other[0]!)
  const inText = one < other ? -1 : 1
  if (one[0] === 'f' || one === '.') return inText
  if (one[0] === 'i') return Number(one.slice(2)) - Number(other.slice(2))
  let at = 2
  while (one[at] === other[at]) at++
  if (!isDigit(one[at]) && !isDigit(other[at])) return inText
  if (isInString(one, at) && one[at] !== '\\' && other[at] !== '\\') return inText
  return compareValues(parsed(one), parsed(other)) || inText
}

/** Whether the text up to there, which is JSON's beginning, leaves a string open. */
function isInString(text: string, end: number): boolean {
  let open = false
  for (let at = 2; at < end; at++)
    if (text[at] === '"') open = !open
    else if (text[at] === '\\') at++
  return open
}

const isDigit = (char: string | undefined) => char !== undefined && char >= '0' && char <= '9'

function compareValues(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  if (typeof one === 'object' && typeof other === 'object' && one && other) {
    const others = Object.entries(other)
    for (const [at, [name, value]] of Object.entries(one).entries()) {
      const [otherName, otherValue] = others[at] ?? ['', undefined]
      if (name !== otherName) return name < otherName ? -1 : 1
      const order = compareValues(value, otherValue)
      if (order !== 0) return order
    }
    return 0
  }
  if (one === other) return 0
  return String(one) < String(other) ? -1 : 1
}
