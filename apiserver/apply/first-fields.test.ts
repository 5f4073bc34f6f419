import assert from 'node:assert/strict'
import { type Random, seededRandom } from '../../ports/random.ts'
import { resources } from '../resources/index.ts'
import { type Definition, definition, type Type } from '../schema/schema.ts'
import { builtInType } from './built-in-types.ts'
import { compare } from './comparison.ts'
import { TypeMismatch } from './elements.ts'
import { type FieldSet, ordered, union } from './field-set.ts'
import { fieldsOfNew } from './first-fields.ts'
import { emptyObject } from './kinds.ts'
import { tracked } from './tracked-fields.ts'

const oneOf = <T>(random: Random, values: readonly T[]): T =>
  values[Math.floor(random.next() * values.length)]!

const texts = ['a', 'b', 'item-10', 'item-9', '<&>', '']
const names = ['a', 'b.example.com/c', '10', '9', '<x>', 'constructor']

const list = <T>(random: Random, item: () => T): T[] =>
  Array.from({ length: Math.floor(random.next() * 4) }, item)

const map = <T>(random: Random, value: () => T): Record<string, T> =>
  Object.fromEntries(list(random, () => [oneOf(random, names), value()] as const))

function any(random: Random, depth: number): unknown {
  switch (Math.floor(random.next() * (depth > 3 ? 3 : 5))) {
    case 0:
      return oneOf(random, texts)
    case 1:
      return null
    case 2:
      return Math.floor(random.next() * 3)
    case 3:
      return list(random, () => any(random, depth + 1))
    default:
      return map(random, () => any(random, depth + 1))
  }
}

function some(type: Type, random: Random, depth: number): unknown {
  switch (type.kind) {
    case 'string':
    case 'bytes':
      return oneOf(random, texts)
    case 'boolean':
      return random.next() < 0.5
    case 'int32':
    case 'int64':
    case 'double':
      return Math.floor(random.next() * 3)
    case 'list':
      return list(random, () => some(type.items, random, depth + 1))
    case 'map':
      return map(random, () => some(type.values, random, depth + 1))
    case 'definition':
      return type.definition.form === 'struct'
        ? objectOf(type.definition, random, depth + 1)
        : any(random, depth)
    default:
      return type satisfies never
  }
}

function objectOf({ fields }: Definition, random: Random, depth = 0): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  if (depth > 7) return object
  for (const { name, type } of fields.values())
    if (random.next() < 0.6) object[name] = random.next() < 0.1 ? null : some(type, random, depth)
  return object
}

/** What a walk finds, or that an object is none of its kind. */
function found(walk: () => FieldSet): string {
  try {
    return JSON.stringify(walk())
  } catch (error) {
    if (error instanceof TypeMismatch) return 'a mismatch'
    throw error
  }
}

describe('apply: fields of a new object', () => {
  it('are those by which it differs from an empty one, for every kind', () => {
    const random = seededRandom(7)
    for (const resource of resources) {
      const { schema } = resource
      if (schema === undefined) continue
      const type = builtInType(schema)
      assert.ok(type.kind === 'struct')
      const empty = emptyObject(resource) as object as Record<string, unknown>
      for (let time = 0; time < 40; time++) {
        const object = objectOf(definition(schema), random)
        const byComparison = found(() => {
          const { modified, added } = compare(empty, object, type)
          return ordered(tracked(union(modified, added)))
        })
        const atOnce = found(() => fieldsOfNew(empty, object, type))
        assert.equal(atOnce, byComparison, JSON.stringify(object))
      }
    }
  })

  it('are one set for objects that have the same, and nobody changes it', () => {
    const resource = resources.find(({ kind }) => kind === 'ConfigMap')!
    const type = builtInType(resource.schema!)
    assert.ok(type.kind === 'struct')
    const fields = (name: string) =>
      fieldsOfNew({}, { metadata: { name, labels: { app: name } }, data: { key: name } }, type)
    assert.equal(fields('one'), fields('another'))
    assert.throws(() => Object.assign(fields('one'), { 'f:more': {} }), TypeError)
    assert.deepEqual(fields('one'), {
      'f:data': { '.': {}, 'f:key': {} },
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
    })
  })
})
