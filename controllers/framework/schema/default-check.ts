/** Whether a default is a value that its own schema allows, as far as can be told without CEL and formats. */

import { withDefaults } from './defaults.ts'
import type { JsonSchema } from './json-schema.ts'
import { KindError } from './kind-error.ts'
import { fieldOf, fieldPath } from './path.ts'

/** Refuses a default that the server would refuse; what it lacks is filled in by the defaults of its fields. */
export function checkDefault(schema: JsonSchema, path: string): void {
  if (schema.default === undefined) return
  const problem = problemOf(withDefaults(schema.default, schema), schema, '')
  if (problem) throw new KindError(path, `its default ${JSON.stringify(schema.default)} ${problem}`)
}

/** What is wrong with the value; nothing if all is well. */
function problemOf(value: unknown, schema: JsonSchema, at: string): string | undefined {
  const where = at === '' ? '' : `at ${at} `
  if (value === null) return schema.nullable ? undefined : `${where}must not be null`
  if (schema.enum && !schema.enum.includes(value)) return `${where}is none of ${schema.enum}`
  const wanted: JsonSchema['type'][] = schema['x-kubernetes-int-or-string']
    ? ['integer', 'string']
    : [schema.type]
  if (!wanted.some((type) => isOfType(value, type))) return `${where}must be ${wanted.join(' or ')}`
  if (typeof value === 'number') return told(where, numberProblem(value, schema))
  if (typeof value === 'string') return told(where, textProblem(value, schema))
  if (Array.isArray(value)) return listProblem(value, schema, at, where)
  return typeof value === 'object' ? objectProblem(value, schema, at, where) : undefined
}

const told = (where: string, problem: string | undefined): string | undefined =>
  problem && `${where}${problem}`

function isOfType(value: unknown, type: JsonSchema['type']): boolean {
  if (type === undefined) return true
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array') return Array.isArray(value)
  return typeof value === type && !Array.isArray(value)
}

function numberProblem(value: number, schema: JsonSchema): string | undefined {
  const { minimum = -Infinity, maximum = Infinity, multipleOf } = schema
  if (schema.exclusiveMinimum ? value <= minimum : value < minimum) return `is too small`
  if (schema.exclusiveMaximum ? value >= maximum : value > maximum) return `is too large`
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
    return `is no multiple of ${multipleOf}`
  return undefined
}

function textProblem(value: string, schema: JsonSchema): string | undefined {
  const length = [...value].length
  if (length < (schema.minLength ?? 0)) return 'is too short'
  return length > (schema.maxLength ?? Infinity) ? 'is too long' : undefined
}

function listProblem(
  value: unknown[],
  { items = {}, minItems = 0, maxItems = Infinity }: JsonSchema,
  at: string,
  where: string,
): string | undefined {
  if (value.length < minItems || value.length > maxItems) return `${where}has ${value.length} items`
  return first(value.entries(), ([index, item]) => problemOf(item, items, `${at}[${index}]`))
}

function objectProblem(
  value: object,
  schema: JsonSchema,
  at: string,
  where: string,
): string | undefined {
  const missing = schema.required?.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `${where}lacks ${missing}`
  return first(Object.entries(value), ([name, part]) => {
    const field = fieldOf(schema, name)
    if (field) return problemOf(part, field, fieldPath(at, name))
    if (schema['x-kubernetes-preserve-unknown-fields']) return undefined
    return `${where}has the field ${name}, which the schema has not`
  })
}

/** The first problem among many things. */
function first<T>(
  things: Iterable<T>,
  problem: (thing: T) => string | undefined,
): string | undefined {
  for (const thing of things) {
    const found = problem(thing)
    if (found !== undefined) return found
  }
  return undefined
}
