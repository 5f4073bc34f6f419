/**
 * Unions, whose members one property tells apart, in the only form that a structural schema has for them: one object
 * with the fields of all members, each optional, and rules in CEL that say which belong to which.
 */

import { celLiteral, celName, celPath, celSees, hasCelName } from './cel.ts'
import { type JsonSchema, type Member, unionOf, type ValidationRule } from './json-schema.ts'
import { KindError } from './kind-error.ts'
import { fieldOf, fieldPath } from './path.ts'
import { sameSchema } from './same-schema.ts'

export function mergeMembers(
  discriminator: string,
  members: readonly Member[],
  path: string,
): JsonSchema {
  for (const member of members) refuseUnmergeable(member, path)
  const names = new Set(members.flatMap(({ json }) => Object.keys(json.properties ?? {})))
  names.delete(discriminator)
  const tag = `self.${celName(discriminator)}`
  const fields = [...names].map((name) => mergeField(name, tag, members, fieldPath(path, name)))
  const rules = [...fields.flatMap((field) => field.rules), ...memberRules(tag, members)]
  const open = members.some(({ json }) => json['x-kubernetes-preserve-unknown-fields'])
  return {
    type: 'object',
    ...(open ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    properties: {
      [discriminator]: tagSchema(members),
      ...Object.fromEntries(fields.map(({ name, json }) => [name, json])),
    },
    required: [discriminator, ...fields.filter((field) => field.required).map(({ name }) => name)],
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
    [unionOf]: { discriminator, members },
  }
}

const mergeable = new Set<string>([
  'type',
  'properties',
  'required',
  'description',
  'title',
  'x-kubernetes-validations',
  'x-kubernetes-preserve-unknown-fields',
] satisfies (keyof JsonSchema)[])

function refuseUnmergeable({ values, json }: Member, path: string): void {
  const other = Object.keys(json).find((keyword) => !mergeable.has(keyword))
  if (other !== undefined)
    throw new KindError(
      path,
      `the member ${values} of the union says ${other} of itself alone: leave it out`,
    )
}

function tagSchema(members: readonly Member[]): JsonSchema {
  const values = members.flatMap((member) => member.values)
  const [sample] = values
  const type =
    typeof sample === 'string' ? 'string' : typeof sample === 'number' ? 'integer' : 'boolean'
  return { type, enum: values }
}

interface Field {
  name: string
  json: JsonSchema
  required: boolean
  rules: ValidationRule[]
}

function mergeField(name: string, tag: string, members: readonly Member[], path: string): Field {
  const owners = members.filter(({ json }) => fieldOf(json, name) !== undefined)
  const json = commonSchema(name, owners, path)
  const needing = owners.filter((owner) => owner.json.required?.includes(name))
  const rules: ValidationRule[] = []
  if (owners.length < members.length)
    rules.push({
      rule: `!has(self.${celName(name)}) || ${isOneOf(tag, owners)}`,
      message: `${name} is only for ${list(owners)}`,
      reason: 'FieldValueForbidden',
      fieldPath: celPath(name),
    })
  // To rules, null is as good as nothing: they cannot demand a field that may be null.
  if (needing.length > 0 && needing.length < members.length && !json.nullable)
    rules.push({
      rule: `has(self.${celName(name)}) || !(${isOneOf(tag, needing)})`,
      message: `${name} is required for ${list(needing)}`,
      reason: 'FieldValueRequired',
      fieldPath: celPath(name),
    })
  if (rules.length > 0) refuseUnruly(name, json, path)
  if (json.default !== undefined && owners.length < members.length)
    throw new KindError(
      path,
      `has a default, which the server would fill in for every member of the union, not only for ${list(owners)}: make it optional`,
    )
  return { name, json, required: needing.length === members.length, rules }
}

function commonSchema(name: string, owners: readonly Member[], path: string): JsonSchema {
  const [json = {}, ...others] = owners.map((owner) => fieldOf(owner.json, name) ?? {})
  if (others.every((other) => sameSchema(json, other))) return json
  throw new KindError(
    path,
    `differs between the members ${list(owners)} of the union: the server keeps one schema a field; give the fields different names`,
  )
}

/** A field that no rule can be about. */
function refuseUnruly(name: string, json: JsonSchema, path: string): void {
  if (!hasCelName(name))
    throw new KindError(path, 'CEL cannot name this field of a union: give it another name')
  if (!celSees(json))
    throw new KindError(
      path,
      'CEL does not see this field of a union, as it has no type: use unknownFields(), or an object around it',
    )
}

/** The rules of each member, where the object is that member. */
const memberRules = (tag: string, members: readonly Member[]): ValidationRule[] =>
  members.flatMap((member) =>
    (member.json['x-kubernetes-validations'] ?? []).map((own) => ({
      ...own,
      rule: `!(${isOneOf(tag, [member])}) || (${own.rule})`,
    })),
  )

const isOneOf = (tag: string, members: readonly Member[]): string =>
  members
    .flatMap(({ values }) => values.map((value) => `${tag} == ${celLiteral(value)}`))
    .join(' || ')

const list = (members: readonly Member[]): string =>
  members.flatMap(({ values }) => values).join(', ')
