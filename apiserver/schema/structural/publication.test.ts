import assert from 'node:assert/strict'
import { builtInType } from '../../apply/built-in-types.ts'
import { problemsOf } from '../../apply/conformance.ts'
import { paths } from '../../apply/field-set.ts'
import { fieldsOf } from '../../apply/fields-of.ts'
import { formatPath } from '../../apply/path-element.ts'
import type { MergeType } from '../merge-type.ts'
import { openApiV2Protobuf } from '../openapi-v2-protobuf.ts'
import { customSchema } from './custom-schema.ts'
import type { JsonSchemaProps } from './definition.ts'
import { kind, object, schemaOf, versionOf } from './examples.ts'

const text: JsonSchemaProps = { type: 'string' }
const open: JsonSchemaProps = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

function double(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes.toString('hex')
}

type Published = Record<string, unknown> & { properties?: Record<string, Published> }

describe('the published schema', () => {
  const published = (spec: JsonSchemaProps, dialect: 'v2' | 'v3') =>
    (schemaOf(spec).openApi(dialect) as Published).properties?.spec

  it('has a binary form, with all that a schema may say', () => {
    const bounds = { maximum: 7, exclusiveMaximum: true, minimum: -0.5, multipleOf: 0.5 }
    const spec = object(
      {
        text: { ...text, title: 'T', maxLength: 300, minLength: 1, pattern: '^a+$', enum: ['a'] },
        number: { type: 'number', ...bounds, exclusiveMinimum: false, default: 1 },
        list: { type: 'array', maxItems: 2, minItems: 1, items: text },
        map: { type: 'object', additionalProperties: true },
        sized: { type: 'object', additionalProperties: text, maxProperties: 2, minProperties: 1 },
      },
      { required: ['text'] },
    )
    const bytes = openApiV2Protobuf({ definitions: { A: published(spec, 'v2') } }).toString('hex')
    const hex = (...numbers: number[]) => Buffer.from(numbers).toString('hex')
    for (const [about, part] of [
      ['maximum', `39${double(7)}`],
      ['exclusiveMaximum', hex(8 << 3, 1)],
      ['minimum', `49${double(-0.5)}`],
      ['maxLength', hex(11 << 3, 0xac, 2)],
      ['pattern', hex((13 << 3) | 2, 4) + Buffer.from('^a+$').toString('hex')],
      ['additionalProperties of any kind', hex(0xaa, 1, 2, 2 << 3, 1)],
    ] as const)
      assert.ok(bytes.includes(part), about)
  })

  it('has what every resource has', () => {
    for (const [dialect, metadata] of [
      ['v2', { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
      [
        'v3',
        {
          allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
        },
      ],
    ] as const) {
      const { properties = {}, ...whole } = schemaOf(text).openApi(dialect) as Published
      assert.deepEqual(whole, { type: 'object', 'x-kubernetes-group-version-kind': [kind] })
      const { description, ...own } = properties.metadata!
      assert.deepEqual(own, metadata)
      assert.match(String(description), /^Standard object's metadata/)
      assert.match(String(properties.apiVersion?.description), /^APIVersion defines/)
      assert.match(String(properties.kind?.description), /^Kind is a string value/)
    }
  })

  const rows: [about: string, spec: JsonSchemaProps, v2: object | undefined, v3: object][] = [
    [
      'is as it is written',
      { ...text, description: 'a', default: 'b', pattern: 'c', maxLength: 3, enum: ['b'] },
      { ...text, description: 'a', default: 'b', pattern: 'c', maxLength: 3, enum: ['b'] },
      { ...text, description: 'a', default: 'b', pattern: 'c', maxLength: 3, enum: ['b'] },
    ],
    [
      'has no alternatives in v2',
      { ...object({ a: text }), anyOf: [{ required: ['a'] }], not: { required: ['b'] } },
      object({ a: text }),
      { ...object({ a: text }), anyOf: [{ required: ['a'] }], not: { required: ['b'] } },
    ],
    [
      'has no null in v2, so no type',
      { ...object({ a: text }), nullable: true },
      {},
      { ...object({ a: text }), nullable: true },
    ],
    [
      'requires nothing in v2 that may be null',
      object({ a: { ...text, nullable: true }, b: text }, { required: ['a', 'b'] }),
      object({ a: {}, b: text }, { required: ['b'] }),
      object({ a: { ...text, nullable: true }, b: text }, { required: ['a', 'b'] }),
    ],
    [
      'is open in v2 where unknown fields are kept',
      { ...open, properties: { a: text } },
      { 'x-kubernetes-preserve-unknown-fields': true },
      { ...open, properties: { a: text } },
    ],
    [
      'tells in v3 what a number or a text is',
      { 'x-kubernetes-int-or-string': true },
      { 'x-kubernetes-int-or-string': true },
      { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, text] },
    ],
    [
      'has lists and maps',
      {
        type: 'array',
        items: { type: 'object', additionalProperties: text },
        'x-kubernetes-list-type': 'atomic',
      },
      {
        type: 'array',
        items: { type: 'object', additionalProperties: text },
        'x-kubernetes-list-type': 'atomic',
      },
      {
        type: 'array',
        items: { type: 'object', additionalProperties: text },
        'x-kubernetes-list-type': 'atomic',
      },
    ],
  ]
  for (const [about, spec, v2, v3] of rows)
    it(about, () => {
      assert.deepEqual(published(spec, 'v2'), v2)
      assert.deepEqual(published(spec, 'v3'), v3)
    })

  it('has what resources inside have', () => {
    const spec = { ...object({ a: text }), 'x-kubernetes-embedded-resource': true }
    for (const dialect of ['v2', 'v3'] as const) {
      const { properties = {}, required } = published(spec, dialect)!
      assert.deepEqual(Object.keys(properties), ['a', 'apiVersion', 'kind', 'metadata'])
      assert.deepEqual(required, ['kind', 'apiVersion'])
    }
  })

  it('is an open object where nothing is known', () => {
    const about = { type: 'object', 'x-kubernetes-group-version-kind': [kind] }
    const version = (schema: JsonSchemaProps | undefined) =>
      customSchema(kind, {
        ...versionOf({}),
        schema: { ...(schema && { openAPIV3Schema: schema }) },
      })
    assert.deepEqual(version(undefined).openApi('v3'), about)
    assert.deepEqual(version(open).openApi('v2'), about)
    assert.equal((version(open).openApi('v3') as Published).properties?.kind?.type, 'string')
  })
})

describe('apply', () => {
  const field = (type: MergeType | undefined, name: string) =>
    type?.kind === 'struct' ? type.field(name) : assert.fail(`${name} is in no struct`)
  const specType = (spec: JsonSchemaProps) => field(schemaOf(spec).mergeType, 'spec')

  it('merges metadata as that of built-in kinds', () => {
    const { mergeType } = schemaOf(text)
    const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
    assert.deepEqual(
      JSON.stringify(field(mergeType, 'metadata')),
      JSON.stringify(builtInType(meta)),
    )
    assert.equal(field(field(mergeType, 'metadata'), 'labels')?.kind, 'map')
    assert.deepEqual(field(mergeType, 'apiVersion'), { kind: 'atomic' })
    assert.equal(field(mergeType, 'undeclared'), undefined)
  })

  const kinds: [about: string, spec: JsonSchemaProps, kind: MergeType['kind']][] = [
    ['text is one value', text, 'atomic'],
    ['a number or a text is one value', { 'x-kubernetes-int-or-string': true }, 'atomic'],
    ['objects are merged', object({ a: text }), 'struct'],
    ['objects of which nothing is declared are maps', object({}), 'map'],
    ['maps are merged', { type: 'object', additionalProperties: text }, 'map'],
    ['atomic maps are not', { ...object({}), 'x-kubernetes-map-type': 'atomic' }, 'atomic'],
    ['lists are one value', { type: 'array', items: text }, 'atomic'],
    ['sets are merged', { type: 'array', items: text, 'x-kubernetes-list-type': 'set' }, 'set'],
    ['what nobody describes is a map', open, 'map'],
    ['what has no type is deduced', { 'x-kubernetes-preserve-unknown-fields': true }, 'deduced'],
  ]
  for (const [about, spec, expected] of kinds)
    it(about, () => assert.equal(specType(spec)?.kind, expected))

  it('knows items by their keys, absent ones by the default', () => {
    const type = specType({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      items: object({ port: { type: 'integer' }, protocol: { ...text, default: 'TCP' } }),
    })
    assert.ok(type?.kind === 'list')
    assert.deepEqual(type.keys, ['port', 'protocol'])
    assert.deepEqual([...type.defaults], [['protocol', 'TCP']])
    assert.deepEqual(field(type.items, 'port'), { kind: 'atomic', scalar: 'numeric' })
  })

  it('owns what is unknown among declared fields by its name as well', () => {
    const { mergeType } = schemaOf({ ...open, properties: { a: object({ b: text }) } })
    const spec = { a: { b: 'x', more: { c: 1 } }, other: { d: 1 } }
    assert.deepEqual(paths(fieldsOf({ spec }, mergeType)).map(formatPath), [
      '.spec.other',
      '.spec.a.b',
      '.spec.a.more',
      '.spec.a.more.c',
      '.spec.other.d',
    ])
  })

  it('refuses values of another type where it is declared', () => {
    const list = { type: 'array', items: { type: 'integer' } }
    const set = { ...list, 'x-kubernetes-list-type': 'set' }
    const { mergeType } = schemaOf(object({ text, date: { ...text, format: 'date' }, list, set }))
    const spec = { text: 1, date: 1, list: ['x', 2], set: [2, 'x'] }
    assert.deepEqual(problemsOf({ spec }, mergeType), [
      '.spec.text: expected string, got &value.valueUnstructured{Value:1}',
      '.spec.list[0]: expected numeric (int or float), got string',
      '.spec.set[="x"]: expected numeric (int or float), got string',
    ])
  })

  it('merges what is declared among unknown fields by its declaration', () => {
    const type = specType({ ...open, properties: { a: { type: 'array', items: text } } })
    const items: MergeType = { kind: 'atomic', scalar: 'string' }
    assert.deepEqual(field(type, 'a'), { kind: 'atomic', items })
    assert.equal(field(type, 'b'), undefined)
    assert.deepEqual(type?.kind === 'struct' && type.rest, { kind: 'deduced' })
  })
})
