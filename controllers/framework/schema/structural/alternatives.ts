/** `anyOf` and `oneOf`: the few kinds of choice that have a structural form; the others are refused. */

import type { JsonSchema, Member, Tag } from '../json-schema.ts'
import { KindError } from '../kind-error.ts'
import { mergeMembers } from '../members.ts'
import { sameSchema } from '../same-schema.ts'
import { withKeywords } from '../with-keywords.ts'
import { common, isNull } from './keywords.ts'
import type { Place, SourceSchema } from './source.ts'

export function alternatives(source: SourceSchema, place: Place): JsonSchema {
  const { anyOf, oneOf, ...beside } = source
  const choices = anyOf ?? oneOf ?? []
  const values = choices.filter((choice) => !isNull(choice))
  const nullable = values.length < choices.length || source.nullable ? { nullable: true } : {}
  const [only] = values
  if (values.length === 1 && only)
    return place.pass({ ...beside, ...nullable, allOf: [only] }, place)
  const form = oneForm(
    values.map((value) => place.pass(value, place)),
    place,
  )
  if (form === undefined)
    throw new KindError(
      place.path,
      'may have several shapes, which a structural schema cannot say: tell them apart by a field that is required and has another literal in each, or use anything()',
    )
  return withKeywords(form, common({ ...beside, ...nullable }))
}

const oneForm = (forms: readonly JsonSchema[], place: Place): JsonSchema | undefined =>
  same(forms) ?? enumeration(forms) ?? intOrString(forms) ?? discriminated(forms, place)

const same = (forms: readonly JsonSchema[]): JsonSchema | undefined =>
  forms.every((form) => sameSchema(form, forms[0])) ? forms[0] : undefined

/** Literals of one type. */
function enumeration(forms: readonly JsonSchema[]): JsonSchema | undefined {
  const type = forms[0]?.type
  const literals = forms.every(
    (form) => form.type === type && form.enum && Object.keys(form).length === 2,
  )
  if (!literals || type === undefined) return undefined
  return { type, enum: [...new Set(forms.flatMap((form) => form.enum ?? []))] }
}

/** A string and a whole number, each without further words. */
function intOrString(forms: readonly JsonSchema[]): JsonSchema | undefined {
  const [string, integer] = [...forms].sort((a, b) => (`${a.type}` > `${b.type}` ? -1 : 1))
  if (forms.length !== 2 || string?.type !== 'string' || integer?.type !== 'integer')
    return undefined
  const { type: _type, minimum, maximum, ...rest } = integer
  const bare =
    Object.keys(string).length === 1 &&
    Object.keys(rest).length === 0 &&
    (minimum ?? Number.MIN_SAFE_INTEGER) === Number.MIN_SAFE_INTEGER &&
    (maximum ?? Number.MAX_SAFE_INTEGER) === Number.MAX_SAFE_INTEGER
  return bare
    ? { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true }
    : undefined
}

/** Objects that one property tells apart. */
function discriminated(forms: readonly JsonSchema[], place: Place): JsonSchema | undefined {
  for (const name of Object.keys(forms[0]?.properties ?? {})) {
    const members = forms.map((json): Member => ({ values: tagsOf(json, name), json }))
    const values = members.flatMap((member) => member.values)
    const apart =
      members.every((member) => member.values.length > 0) && new Set(values).size === values.length
    if (apart) return mergeMembers(name, members, place.path)
  }
  return undefined
}

const tagsOf = ({ properties, required }: JsonSchema, name: string): Tag[] =>
  required?.includes(name) && properties && Object.hasOwn(properties, name)
    ? ((properties[name]?.enum ?? []) as Tag[])
    : []
