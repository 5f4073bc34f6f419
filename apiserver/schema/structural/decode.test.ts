import assert from 'node:assert/strict'
import { parseJson } from '../../../api/json-text.ts'
import { StructureError } from '../structure.ts'
import type { JsonSchemaProps } from './definition.ts'
import { object, schemaOf } from './examples.ts'

const text: JsonSchemaProps = { type: 'string' }
const open: JsonSchemaProps = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/** Decodes a body whose spec and metadata are these texts. */
function decoded(schema: JsonSchemaProps, spec: string, metadata = '{"name":"a"}') {
  const body = `{"apiVersion":"example.com/v1","kind":"Widget","metadata":${metadata},"spec":${spec}}`
  const { value, repeats } = parseJson(Buffer.from(body))
  const { object, problems } = schemaOf(schema).decode(value as Record<string, unknown>, repeats)
  return { spec: JSON.stringify(object.spec), metadata: object.metadata, problems }
}

describe('a custom resource that is read', () => {
  const rows: [
    about: string,
    schema: JsonSchemaProps,
    spec: string,
    read: string,
    unknown: string[],
  ][] = [
    [
      'loses what nobody declared',
      object({ a: text }),
      '{"a":"b","c":{"d":1}}',
      '{"a":"b"}',
      ['spec.c'],
    ],
    [
      'loses it deep inside',
      { type: 'array', items: object({ a: text }) },
      '[{"a":"b"},{"c":1}]',
      '[{"a":"b"},{}]',
      ['spec[1].c'],
    ],
    [
      'loses it under keys of its own',
      { type: 'object', additionalProperties: object({ a: text }) },
      '{"x":{"a":"b","c":1}}',
      '{"x":{"a":"b"}}',
      ['spec.x.c'],
    ],
    [
      'keeps everything where it may',
      open,
      '{"c":{"d":[{"e":null}]}}',
      '{"c":{"d":[{"e":null}]}}',
      [],
    ],
    [
      'loses again what is declared within what is kept',
      { ...open, properties: { a: object({ b: text }) } },
      '{"a":{"b":"x","c":1},"d":{"e":1}}',
      '{"a":{"b":"x"},"d":{"e":1}}',
      ['spec.a.c'],
    ],
    [
      'loses what is within values of any kind',
      { type: 'object', additionalProperties: true },
      '{"a":1,"b":{"c":1}}',
      '{"a":1,"b":{}}',
      ['spec.b.c'],
    ],
    ['loses nulls that say nothing', object({ a: text }), '{"a":null}', '{}', []],
    [
      'keeps nulls that may be',
      object({ a: { type: 'string', nullable: true } }),
      '{"a":null}',
      '{"a":null}',
      [],
    ],
    [
      'keeps numbers digit for digit',
      object({ a: { type: 'integer' }, b: { type: 'number' } }),
      '{"a":9223372036854775807,"b":1.50}',
      '{"a":9223372036854775807,"b":1.5}',
      [],
    ],
    [
      'has names that mean something elsewhere for what they are',
      { type: 'object', additionalProperties: text },
      '{"__proto__":"a","constructor":"b"}',
      '{"__proto__":"a","constructor":"b"}',
      [],
    ],
    [
      'has no fields for being an object',
      object({ a: text }),
      '{"toString":"a"}',
      '{}',
      ['spec.toString'],
    ],
    [
      'has resources inside, with metadata as it should be',
      { ...open, 'x-kubernetes-embedded-resource': true },
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","bogus":1,"creationTimestamp":null},"spec":{"x":1}}',
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"x":1}}',
      ['spec.metadata.bogus'],
    ],
  ]
  for (const [about, schema, spec, read, unknown] of rows)
    it(about, () => {
      const { spec: found, problems } = decoded(schema, spec)
      assert.equal(found, read)
      assert.deepEqual(
        problems,
        unknown.map((path) => `unknown field "${path}"`),
      )
      assert.equal(Object.hasOwn(Object.prototype, 'a'), false)
    })

  it('tells repeated fields first, then those of metadata, then the others by their paths', () =>
    assert.deepEqual(
      decoded(object({ a: text }), '{"z":1,"a":"1","a":"2","b":1}', '{"name":"a","x":1}').problems,
      [
        'duplicate field "spec.a"',
        'unknown field "metadata.x"',
        'unknown field "spec.b"',
        'unknown field "spec.z"',
      ],
    ))

  it('has times in one form', () =>
    assert.equal(
      decoded(open, '{}', '{"name":"a","creationTimestamp":"2026-01-01T01:00:00+01:00"}').metadata
        .creationTimestamp,
      '2026-01-01T00:00:00Z',
    ))

  it('has metadata of the right types', () => {
    const embedded = { ...open, 'x-kubernetes-embedded-resource': true }
    assert.throws(() => decoded(open, '{}', '{"labels":1}'), StructureError)
    assert.throws(() => decoded(embedded, '{"metadata":{"labels":{"a":1}}}'), StructureError)
    assert.throws(
      () => decoded(embedded, '{"kind":1}'),
      /spec\.kind: Invalid value: 1: must be a string/,
    )
  })

  it('is a copy', () => {
    const spec = { a: [{ b: 1 }] }
    const { object: read } = schemaOf(open).decode({ metadata: {}, spec })
    ;(read.spec as typeof spec).a[0]!.b = 2
    assert.deepEqual(spec, { a: [{ b: 1 }] })
  })
})

describe('a default', () => {
  const one: JsonSchemaProps = { type: 'integer', default: 1 }
  const rows: [about: string, schema: JsonSchemaProps, spec: unknown, filled: unknown][] = [
    ['stands for what is absent', object({ a: one }), {}, { a: 1 }],
    ['stands for a null that may not be', object({ a: one }), { a: null }, { a: 1 }],
    [
      'leaves a null that may be',
      object({ a: { ...one, nullable: true } }),
      { a: null },
      { a: null },
    ],
    ['leaves what is there', object({ a: one }), { a: 0 }, { a: 0 }],
    [
      'is filled in itself',
      object({ a: object({ b: one }, { default: {} }) }),
      {},
      { a: { b: 1 } },
    ],
    ['needs the object around it', object({ a: object({ b: one }) }), {}, {}],
    [
      'stands in every item',
      object({ a: { type: 'array', items: object({ b: one }) } }),
      { a: [{}, { b: 2 }] },
      { a: [{ b: 1 }, { b: 2 }] },
    ],
    [
      'stands under every key',
      { type: 'object', additionalProperties: object({ b: one }) },
      { x: {} },
      { x: { b: 1 } },
    ],
    [
      'stands for nulls in lists and maps',
      object({
        a: { type: 'array', items: one },
        m: { type: 'object', additionalProperties: one },
      }),
      { a: [null], m: { x: null } },
      { a: [1], m: { x: 1 } },
    ],
  ]
  for (const [about, schema, spec, filled] of rows)
    it(about, () => {
      const custom = schemaOf(schema)
      const given = { metadata: {}, spec: structuredClone(spec) }
      custom.default(given)
      assert.deepEqual(given.spec, filled)
      custom.default(given)
      assert.deepEqual(given.spec, filled)
    })

  it('is nobody else’s', () => {
    const custom = schemaOf(
      object({ a: { type: 'object', default: {}, 'x-kubernetes-preserve-unknown-fields': true } }),
    )
    const [one, other] = [
      { metadata: {}, spec: {} },
      { metadata: {}, spec: {} },
    ] as { metadata: object; spec: { a?: Record<string, number> } }[]
    custom.default(one!)
    one!.spec.a!.x = 1
    custom.default(other!)
    assert.deepEqual(other!.spec, { a: {} })
  })
})
