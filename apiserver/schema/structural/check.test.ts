import assert from 'node:assert/strict'
import { rawNumber } from '../../../api/json-text.ts'
import type { JsonSchemaProps } from './definition.ts'
import { errorsOf, object } from './examples.ts'

/** A spec is of this schema; what is wrong with a value in it. */
type Row = [about: string, schema: JsonSchemaProps, good: unknown, bad: unknown, errors: string[]]

const integer: JsonSchemaProps = { type: 'integer' }
const text: JsonSchemaProps = { type: 'string' }
const whole = '<nil>: Invalid value: "": '

describe('a value of a custom resource', () => {
  const rows: Row[] = [
    [
      'is of its type',
      integer,
      1,
      'a',
      ['spec: Invalid value: "string": spec in body must be of type integer: "string"'],
    ],
    [
      'is a whole number where one is wanted',
      integer,
      2,
      1.5,
      ['spec: Invalid value: "number": spec in body must be of type integer: "number"'],
    ],
    [
      'is any number where one is wanted',
      { type: 'number' },
      1,
      true,
      ['spec: Invalid value: "boolean": spec in body must be of type number: "boolean"'],
    ],
    [
      'is null only where it may',
      { type: 'string', nullable: true },
      null,
      [],
      ['spec: Invalid value: "array": spec in body must be of type string: "array"'],
    ],
    [
      'is not null elsewhere',
      { type: 'array', items: text },
      ['a'],
      [null],
      ['spec[0]: Invalid value: "null": spec[0] in body must be of type string: "null"'],
    ],
    [
      'is a number or a text',
      { 'x-kubernetes-int-or-string': true },
      '50%',
      1.5,
      ['spec: Invalid value: "number": spec in body must be of type integer,string: "number"'],
    ],
    [
      'fits into 32 bits',
      { type: 'integer', format: 'int32' },
      2147483647,
      2147483648,
      [`${whole}Checked value must be of type integer with format int32 in spec`],
    ],
    [
      'has a bound that fits as well',
      { type: 'integer', format: 'int32', maximum: 1 },
      undefined,
      4294967295,
      [
        `${whole}Checked value must be of type integer with format int32 in spec`,
        'spec: Invalid value: 4294967295: spec in body should be less than or equal to 1',
      ],
    ],
    [
      'is within bounds',
      { type: 'integer', minimum: 1, maximum: 3 },
      3,
      0,
      ['spec: Invalid value: 0: spec in body should be greater than or equal to 1'],
    ],
    [
      'is within bounds that are not met',
      { type: 'number', minimum: 1, exclusiveMinimum: true },
      1.1,
      1,
      ['spec: Invalid value: 1: spec in body should be greater than 1'],
    ],
    [
      'is below a bound that is not met',
      { type: 'number', maximum: 1, exclusiveMaximum: true },
      0.9,
      1,
      ['spec: Invalid value: 1: spec in body should be less than 1'],
    ],
    [
      'is a multiple',
      { type: 'number', multipleOf: 0.1 },
      0.3,
      0.25,
      ['spec: Invalid value: 0.25: spec in body should be a multiple of 0.1'],
    ],
    [
      'is compared digit for digit',
      { type: 'integer', maximum: 9007199254740992 },
      rawNumber('9007199254740992'),
      rawNumber('9007199254740993'),
      [
        'spec: Invalid value: 9007199254740993: spec in body should be less than or equal to 9007199254740992',
      ],
    ],
    [
      'is as long as it may be, in characters',
      { type: 'string', maxLength: 2 },
      '😀😀',
      'abc',
      ['spec: Too long: may not be more than 2 bytes'],
    ],
    [
      'is as long as it must be, in characters',
      { type: 'string', minLength: 2 },
      'ab',
      '😀',
      ['spec: Invalid value: "😀": spec in body should be at least 2 chars long'],
    ],
    [
      'matches, anywhere',
      { type: 'string', pattern: 'b+' },
      'abc',
      'a',
      ['spec: Invalid value: "a": spec in body should match \'b+\''],
    ],
    [
      'is one of some',
      { type: 'string', enum: ['a', 'b'] },
      'b',
      'c',
      ['spec: Unsupported value: "c": supported values: "a", "b"'],
    ],
    [
      'is one of some numbers',
      { type: 'integer', enum: [1, 2] },
      2,
      3,
      ['spec: Unsupported value: 3: supported values: "1", "2"'],
    ],
    [
      'is one of some objects',
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, enum: [{ a: 1, b: [2] }] },
      { b: [2], a: 1 },
      { a: 1 },
      ['spec: Unsupported value: {"a":1}: supported values: "{\\"a\\":1,\\"b\\":[2]}"'],
    ],
    [
      'has not too many items',
      { type: 'array', items: text, maxItems: 1 },
      ['a'],
      ['a', 'b'],
      ['spec: Too many: 2: must have at most 1 items'],
    ],
    [
      'has enough items',
      { type: 'array', items: text, minItems: 1 },
      ['a'],
      [],
      ['spec: Invalid value: 0: spec in body should have at least 1 items'],
    ],
    [
      'has not too many keys',
      { type: 'object', additionalProperties: text, maxProperties: 1 },
      { a: 'b' },
      { a: 'b', c: 'd' },
      ['spec: Too many: 2: must have at most 1 items'],
    ],
    [
      'has enough keys',
      { type: 'object', additionalProperties: text, minProperties: 1 },
      { a: 'b' },
      {},
      ['spec: Invalid value: 0: spec in body should have at least 1 properties'],
    ],
    [
      'has what it must',
      object({ a: text }, { required: ['a'] }),
      { a: '' },
      {},
      ['spec.a: Required value'],
    ],
    [
      'has values of one schema under any key',
      { type: 'object', additionalProperties: integer },
      { constructor: 1 },
      { 'a.b': 'c' },
      ['spec.a.b: Invalid value: "string": spec.a.b in body must be of type integer: "string"'],
    ],
    [
      'is checked under keys that have a meaning elsewhere',
      { type: 'object', additionalProperties: integer },
      JSON.parse('{"__proto__":1}'),
      JSON.parse('{"__proto__":"a"}'),
      [
        'spec.__proto__: Invalid value: "string": spec.__proto__ in body must be of type integer: "string"',
      ],
    ],
    [
      'is as one alternative says, told by the one that fits best',
      object(
        { a: integer, b: text },
        { anyOf: [{ required: ['b'], properties: { a: { minimum: 5 } } }, { required: ['c'] }] },
      ),
      { a: 5, b: '' },
      { a: 1, b: '' },
      [
        `${whole}"spec" must validate at least one schema (anyOf)`,
        'spec.a: Invalid value: 1: spec.a in body should be greater than or equal to 5',
      ],
    ],
    [
      'is as only one alternative says',
      object({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
      { b: '' },
      { a: '', b: '' },
      [`${whole}"spec" must validate one and only one schema (oneOf). Found 2 valid alternatives`],
    ],
    [
      'is as one alternative says, and none does',
      object({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
      { a: '' },
      {},
      [
        `${whole}"spec" must validate one and only one schema (oneOf). Found none valid`,
        'spec.a: Required value',
      ],
    ],
    [
      'is as all say',
      { type: 'integer', allOf: [{ minimum: 2 }, { multipleOf: 2 }] },
      4,
      1,
      [
        'spec: Invalid value: 1: spec in body should be greater than or equal to 2',
        'spec: Invalid value: 1: spec in body should be a multiple of 2',
        `${whole}"spec" must validate all the schemas (allOf). None validated`,
      ],
    ],
    [
      'is not as it must not be',
      object({ a: text }, { not: { required: ['a'] } }),
      {},
      { a: '' },
      [`${whole}"spec" must not validate the schema (not)`],
    ],
    [
      'stands once in a set',
      { type: 'array', 'x-kubernetes-list-type': 'set', items: integer },
      [1, 2],
      [1, 2, 1, 1],
      ['spec[2]: Duplicate value: 1'],
    ],
    [
      'stands once in a list map, by its keys',
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['a', 'b'],
        items: object({ a: text, b: integer, c: text }, { required: ['a', 'b'] }),
      },
      [
        { a: 'x', b: 1 },
        { a: 'x', b: 2 },
      ],
      [
        { a: 'x', b: 1 },
        { b: 1, a: 'x', c: 'other' },
      ],
      ['spec[1]: Duplicate value: {"a":"x","b":1}'],
    ],
    [
      'has a kind, where it is a resource',
      {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        'x-kubernetes-preserve-unknown-fields': true,
      },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
      { apiVersion: 'a/b/c', metadata: { labels: { 'a b': 'c' } } },
      [
        'spec.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        'spec.kind: Required value',
        "spec.metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    ],
  ]
  for (const [about, schema, good, bad, errors] of rows) {
    it(about, () => assert.deepEqual(errorsOf(schema, bad), errors))
    if (good !== undefined)
      it(`${about}: nearly so`, () => assert.deepEqual(errorsOf(schema, good), []))
  }

  it('is wrong in a hundred ways at most', () => {
    const errors = errorsOf({ type: 'array', items: integer }, new Array(1000).fill('a'))
    assert.equal(errors.length, 100)
  })
})

describe('a format', () => {
  const formats: [format: string, good: string[], bad: string[]][] = [
    ['date', ['2026-02-28'], ['2026-02-30', '2026-2-1', '2026-02-28T00:00:00Z']],
    ['date-time', ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5+01:00'], ['2026-01-01', 'now']],
    ['duration', ['1h30m', '5s', '22 ns'], ['1', 'soon', '1h30']],
    ['ipv4', ['10.0.0.1'], ['10.0.0', '::1']],
    ['ipv6', ['::1'], ['10.0.0.1', 'fe80::1%eth0']],
    ['cidr', ['10.0.0.0/8', 'fd00::/64'], ['10.0.0.0', '10.0.0.0/33']],
    ['mac', ['00:00:5e:00:53:01', '0000.5e00.5301'], ['00:00:5e', '00:00:5e:00-53:01']],
    ['uuid', ['123e4567-e89b-12d3-a456-426614174000'], ['123e4567']],
    ['uuid4', ['123e4567-e89b-42d3-a456-426614174000'], ['123e4567-e89b-12d3-a456-426614174000']],
    ['byte', ['', 'YWI='], ['YWI', 'a b']],
    ['email', ['a@example.com'], ['a', 'a@b@c']],
    ['hostname', ['example.com'], ['-a.com', 'a b']],
    ['uri', ['https://example.com/a', '/a'], ['a b', 'example.com']],
    ['isbn', ['0321751043', '978-0321751041'], ['0321751044']],
    ['creditcard', ['4111 1111 1111 1111'], ['4111 1111 1111 1112']],
    ['hexcolor', ['#fff', 'a1b2c3'], ['#ff']],
    ['rgbcolor', ['rgb(1,2,255)'], ['rgb(1,2,256)']],
    ['ssn', ['111-11-1111'], ['111']],
    ['bsonobjectid', ['507f1f77bcf86cd799439011'], ['507f']],
    ['quantity', ['100Mi', '0.5'], ['1 Gi']],
    ['k8s-short-name', ['a-b'], ['a.b', '-a', 'A']],
    ['k8s-long-name', ['a-b.c'], ['a..b', 'A']],
  ]
  for (const [format, good, bad] of formats)
    it(`of ${format} is checked`, () => {
      for (const value of good)
        assert.deepEqual(errorsOf({ type: 'string', format }, value), [], value)
      for (const value of bad)
        assert.deepEqual(errorsOf({ type: 'string', format }, value), [
          `spec: Invalid value: ${JSON.stringify(value)}: spec in body must be of type ${format}: ${JSON.stringify(value)}`,
        ])
    })

  it('that nobody knows is ignored', () =>
    assert.deepEqual(errorsOf({ type: 'string', format: 'colour' }, 'x'), []))

  it('is told of what is no text', () =>
    assert.deepEqual(errorsOf({ type: 'integer', format: 'int64' }, 1.5), [
      'spec: Invalid value: "float64": spec in body must be of type int64: "float64"',
    ]))
})

describe('an update', () => {
  const items = (more: JsonSchemaProps = {}): JsonSchemaProps =>
    object({
      list: {
        type: 'array',
        items: object({ name: text, size: { type: 'integer', minimum: 5 } }),
        ...more,
      },
      other: text,
    })
  const listMap = {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  }
  const bad = { name: 'a', size: 1 }
  const small = (at: number) =>
    `spec.list[${at}].size: Invalid value: 1: spec.list[${at}].size in body should be greater than or equal to 5`

  it('lets pass what was wrong before and is as it was', () => {
    const spec = { list: [bad], other: 'b' }
    assert.deepEqual(errorsOf(items(), spec, { list: [bad] }), [])
    assert.deepEqual(errorsOf(items(), spec), [small(0)])
  })

  it('knows items of a list map by their keys, wherever they stand', () => {
    const spec = { list: [{ name: 'new', size: 9 }, bad] }
    assert.deepEqual(errorsOf(items(listMap), spec, { list: [bad] }), [])
    assert.deepEqual(
      errorsOf(items(listMap), { list: [bad, { ...bad, name: 'b' }] }, { list: [bad] }),
      [small(1)],
    )
  })

  it('knows items of other lists by the whole list alone', () =>
    assert.deepEqual(errorsOf(items(), { list: [bad, { size: 9 }] }, { list: [bad] }), [small(0)]))

  it('is held to what it changes', () =>
    assert.deepEqual(errorsOf(items(listMap), { list: [{ ...bad, size: 2 }] }, { list: [bad] }), [
      small(0)
        .replace(/1: spec\.list/, '2: spec.list')
        .replace('Invalid value: 1', 'Invalid value: 2'),
    ]))

  it('lets a list stay ambiguous, and makes none so', () => {
    const set: JsonSchemaProps = { type: 'array', items: text, 'x-kubernetes-list-type': 'set' }
    const two = ['spec[1]: Duplicate value: "a"']
    assert.deepEqual(errorsOf(set, ['a', 'a'], ['a']), two)
    assert.deepEqual(errorsOf(set, ['a', 'a', 'b'], ['a', 'a']), [])
  })
})
