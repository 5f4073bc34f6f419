/**
 * What expressions that change objects can make: `Object`, with `Object.spec` and so on for what is in it, and
 * `JSONPatch`. Fields of `Object` are not declared, as the object's kind is not known; what is made is checked when it
 * is applied.
 */

import { originalJson } from '../../cel/adapt.ts'
import {
  dyn,
  escapeFieldName,
  type ObjectType,
  object,
  string,
  type Type,
} from '../../cel/types.ts'
import { CelList, CelMap, CelObject, type Value } from '../../cel/values.ts'

export const jsonPatchType: ObjectType = object(
  'JSONPatch',
  [
    ['op', string],
    ['path', string],
    ['from', string],
    ['value', dyn],
  ],
  true,
)

/** As names escape keys: those that cannot be escaped are never written. */
const unescapes: Record<string, string> = { dot: '.', dash: '-', slash: '/', underscores: '__' }

function keyOf(name: string): string {
  const whole = /^__([a-z]+)__$/.exec(name)?.[1]
  if (whole !== undefined && escapeFieldName(whole) === name) return whole
  return name.replace(
    /__(dot|dash|slash|underscores)__/g,
    (_, word: string) => unescapes[word] ?? '',
  )
}

const partOfObject = (name: string): ObjectType => ({
  kind: 'object',
  name,
  constructible: true,
  field: (field) => ({ type: dyn, key: keyOf(field) }),
  nameOf: escapeFieldName,
})

export const objectType = partOfObject('Object')

/** For the environment of expressions that change objects. */
export function mutationTypes(name: string): Type | undefined {
  if (name === 'JSONPatch') return jsonPatchType
  return name === 'Object' || name.startsWith('Object.') ? partOfObject(name) : undefined
}

/** What is wrong with the names of objects within an object: they must be those of the fields in which they stand. */
export function misplacedType(value: Value, path = 'Object'): string | undefined {
  // What came with the request has no types of its own.
  if (originalJson(value) !== undefined) return undefined
  if (value instanceof CelObject && value.type.name.startsWith('Object')) {
    if (value.type.name !== path)
      return `unexpected type name "${value.type.name}", expected "${path}", which matches field name path from root Object type`
    for (const name of value.fieldNames()) {
      const problem = misplacedType(value.get(name) ?? null, `${path}.${name}`)
      if (problem !== undefined) return problem
    }
  }
  if (value instanceof CelList)
    for (const item of value) {
      const problem = misplacedType(item, path)
      if (problem !== undefined) return problem
    }
  if (value instanceof CelMap)
    for (const key of value.keys()) {
      const problem = misplacedType(value.get(key) ?? null, path)
      if (problem !== undefined) return problem
    }
  return undefined
}
