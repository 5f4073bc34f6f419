/** The last look over the schema of a version: what the API server would refuse, and where to find it. */

import { checkDefault } from './default-check.ts'
import type { JsonSchema } from './json-schema.ts'
import { KindError } from './kind-error.ts'
import { fieldOf, fieldPath, partAt } from './path.ts'
import { notRe2 } from './pattern.ts'

export function checkSchema(schema: JsonSchema, path: string): void {
  checkValues(schema, path)
  checkDefault(schema, path)
  checkRules(schema, path)
  if (schema.type === 'array') checkList(schema, path)
  const { properties, additionalProperties: others, items } = schema
  for (const [name, part] of Object.entries(properties ?? {}))
    checkSchema(part, fieldPath(path, name))
  if (typeof others === 'object') checkSchema(others, `${path}.*`)
  if (items) checkSchema(items, `${path}[]`)
}

function checkValues({ pattern, enum: values }: JsonSchema, path: string): void {
  const lacking = pattern === undefined ? undefined : notRe2(pattern)
  if (lacking)
    throw new KindError(
      path,
      `its pattern uses ${lacking}, which RE2 has not: write another, or a rule()`,
    )
  if (values?.length === 0) throw new KindError(path, 'has no value to choose from')
}

function checkRules(schema: JsonSchema, path: string): void {
  for (const { rule, message, fieldPath: blamed } of schema['x-kubernetes-validations'] ?? []) {
    if (typeof rule !== 'string')
      throw new KindError(path, "has a rule that is none: rule('self.replicas < 10', 'too many')")
    if (rule.trim() === '') throw new KindError(path, 'has an empty rule')
    if (message !== undefined && /^\s*$|[\r\n]/.test(message))
      throw new KindError(path, `the message of the rule ${rule} must be one line`)
    if (rule.includes('\n') && message === undefined)
      throw new KindError(path, `the rule ${rule} has several lines and so needs a message`)
    if (blamed !== undefined) partAt(schema, blamed, `the rule ${rule}`)
  }
}

function checkList(schema: JsonSchema, path: string): void {
  const { items, 'x-kubernetes-list-type': list, 'x-kubernetes-list-map-keys': keys = [] } = schema
  if (!items) throw new KindError(path, 'is a list of no certain items: say what they are')
  if (list === 'set') {
    const whole =
      (items.type === 'object' && items['x-kubernetes-map-type'] === 'atomic') ||
      (items.type === 'array' && items['x-kubernetes-list-type'] !== 'map')
    if (!whole && (items.type === 'object' || items.type === 'array'))
      throw new KindError(
        path,
        'is a set of objects that can be owned in parts: use listMap(), or atomic() items',
      )
    if (items.nullable) throw new KindError(path, 'is a set, whose items cannot be null')
  }
  if (list !== 'map') return
  if (items.type !== 'object')
    throw new KindError(path, 'is told apart by keys, so its items must be objects')
  if (keys.length === 0) throw new KindError(path, 'needs a key that tells its items apart')
  for (const key of keys) checkKey(items, key, fieldPath(`${path}[]`, key))
}

function checkKey(items: JsonSchema, key: string, path: string): void {
  const field = fieldOf(items, key)
  if (!field) throw new KindError(path, 'is a key of the list, but no field of its items')
  if (field.type === 'object' || field.type === 'array' || field.type === undefined)
    throw new KindError(path, 'is a key of the list and so must be a string, a number or a boolean')
  if (!items.required?.includes(key) && field.default === undefined)
    throw new KindError(path, 'is a key of the list and so must be required or have a default')
}
