import assert from 'node:assert/strict'
import fc from 'fast-check'
import { customResourceDefinitions } from '../../resources/apiextensions/custom-resource-definition.ts'
import { created, found } from '../../resources/examples.ts'
import { StructureError } from '../structure.ts'
import { customSchema } from './custom-schema.ts'
import type { JsonSchemaProps } from './definition.ts'
import { definition, kind, versionOf, widget } from './examples.ts'

const name = fc.constantFrom('a', 'b', 'metadata', '__proto__', 'kind')
const scalar = fc.constantFrom<unknown>(null, true, 0, -1, 1.5, '', 'a', '2026-01-01')

/** Schemas that are often good, and sometimes nonsense. */
const { schema } = fc.letrec<{ schema: JsonSchemaProps }>((tie) => {
  const inner = tie('schema')
  const extras = fc.record(
    {
      default: scalar,
      enum: fc.array(scalar, { minLength: 1, maxLength: 2 }),
      format: fc.constantFrom('date', 'int32', 'byte'),
      minimum: fc.integer({ min: -1, max: 2 }),
      maxLength: fc.integer({ min: 0, max: 2 }),
      pattern: fc.constantFrom('a+', '('),
      nullable: fc.boolean(),
      required: fc.constant(['a']),
      anyOf: fc.array(inner, { maxLength: 2 }),
      not: inner,
      'x-kubernetes-list-type': fc.constantFrom('set', 'map', 'atomic'),
      'x-kubernetes-list-map-keys': fc.constant(['a']),
      'x-kubernetes-int-or-string': fc.constant(true),
      'x-kubernetes-embedded-resource': fc.constant(true),
      'x-kubernetes-preserve-unknown-fields': fc.constant(true),
    },
    { requiredKeys: [] },
  )
  const few = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: extras })
  const spine = fc.oneof(
    { maxDepth: 3 },
    fc.record({ type: fc.constantFrom('string', 'integer', 'number', 'boolean') }),
    fc.record({ type: fc.constant('array'), items: inner }),
    fc.record({
      type: fc.constant('object'),
      properties: fc.dictionary(name, inner, { maxKeys: 3 }),
    }),
    fc.record({ type: fc.constant('object'), additionalProperties: inner }),
  )
  return {
    schema: fc.tuple(spine, few).map(([one, more]) => ({ ...one, ...more }) as JsonSchemaProps),
  }
})

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
})).value

/** What a request makes of a spec; `undefined` where metadata within it is of wrong types. */
function read(custom: ReturnType<typeof customSchema>, spec: unknown) {
  try {
    const { object } = custom.decode(widget(spec))
    custom.default(object)
    return object
  } catch (error) {
    if (error instanceof StructureError) return undefined
    throw error
  }
}

it('any schema is refused with reasons, or serves any object', () =>
  fc.assert(
    fc.property(schema, value, (spec, given) => {
      const version = versionOf(spec)
      if (created(customResourceDefinitions, definition([version])).length > 0) return
      const custom = customSchema(kind, version)
      for (const dialect of ['v2', 'v3'] as const) JSON.stringify(custom.openApi(dialect))
      const object = read(custom, given)
      if (!object) return
      const text = JSON.stringify(object)
      custom.default(object)
      assert.equal(JSON.stringify(object), text, 'defaults are filled in once')
      assert.equal(JSON.stringify(custom.decode(object).object), text, 'what was read stays')
      const wrong = found(custom.validate(object, undefined))
      const kept = found(custom.validate(object, structuredClone(object)))
      const texts = new Set(wrong.map(({ field, message }) => field + message))
      for (const { field, message } of kept) assert.ok(texts.has(field + message))
      // Resources within are asked again, all else that is unchanged is let pass.
      if (!JSON.stringify(spec).includes('embedded')) assert.deepEqual(kept, [])
    }),
    { numRuns: 300 },
  ))
