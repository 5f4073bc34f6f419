import assert from 'node:assert/strict'
import { kind } from '../define-kind.ts'
import type { VersionDeclaration } from '../version-declaration.ts'
import {
  anything,
  array,
  bool,
  conditions,
  dateTime,
  embedded,
  enumeration,
  int,
  intOrString,
  KindError,
  listMap,
  literal,
  map,
  number,
  object,
  podTemplate,
  quantity,
  rule,
  string,
  type Typed,
  union,
} from './index.ts'
import { schemaAt } from './schema-at.ts'

/** Without what is not in JSON. */
const jsonOf = (schema: Typed) => structuredClone(schemaAt(schema, 'spec').json)

/** What is said when a kind with this version is declared. */
function refusal(declaration: VersionDeclaration): string {
  try {
    kind({ group: 'demo.example.com', name: 'Site' }).version('v1', declaration)
  } catch (error) {
    assert.ok(error instanceof KindError, String(error))
    return error.message
  }
  return 'nothing'
}

describe('schemas', () => {
  it('say what the server is to enforce', () => {
    const cases: [Typed, object][] = [
      [
        string().min(1).max(3).pattern(/^a$/i),
        { type: 'string', minLength: 1, maxLength: 3, pattern: '(?i)^a$' },
      ],
      [string().format('ipv4').describe('x'), { type: 'string', format: 'ipv4', description: 'x' }],
      [int().min(1).below(4), { type: 'integer', minimum: 1, maximum: 4, exclusiveMaximum: true }],
      [
        number().above(0).multipleOf(0.5),
        { type: 'number', minimum: 0, exclusiveMinimum: true, multipleOf: 0.5 },
      ],
      [bool().default(false), { type: 'boolean', default: false }],
      [enumeration('A', 'B'), { type: 'string', enum: ['A', 'B'] }],
      [literal(1), { type: 'integer', enum: [1] }],
      [literal(1.5), { type: 'number', enum: [1.5] }],
      [literal(true), { type: 'boolean', enum: [true] }],
      [string().nullable(), { type: 'string', nullable: true }],
      [enumeration('A').nullable(), { type: 'string', nullable: true, enum: ['A', null] }],
      [
        array(string()).set().max(2),
        { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set', maxItems: 2 },
      ],
      [
        map(int()).max(2),
        { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 2 },
      ],
      [
        object({ a: string(), b: int().optional() }).atomic(),
        {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: 'integer' } },
          required: ['a'],
          'x-kubernetes-map-type': 'atomic',
        },
      ],
      [
        object({}).unknownFields(),
        { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
      ],
      [anything(), { 'x-kubernetes-preserve-unknown-fields': true, nullable: true }],
      [dateTime(), { type: 'string', format: 'date-time' }],
      [podTemplate(), { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }],
      [
        embedded(),
        {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          'x-kubernetes-embedded-resource': true,
        },
      ],
      [
        intOrString(),
        { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true },
      ],
    ]
    for (const [schema, json] of cases) assert.deepEqual(jsonOf(schema), json)
    assert.equal(jsonOf(quantity())['x-kubernetes-int-or-string'], true)
    assert.deepEqual(jsonOf(conditions())['x-kubernetes-list-map-keys'], ['type'])
    assert.match(jsonOf(conditions('Ready', 'Open')).description ?? '', /Ready, Open/)
  })

  it('are never changed by what is made of them', () => {
    const base = string()
    base.min(1).rule('self != ""').optional().default('x')
    assert.deepEqual(jsonOf(base), { type: 'string' })
  })

  it('collect rules', () => {
    const schema = string()
      .rule('self != "a"', 'not a')
      .rule(rule('self == oldSelf', { reason: 'FieldValueForbidden', optionalOldSelf: true }))
    assert.deepEqual(jsonOf(schema)['x-kubernetes-validations'], [
      { rule: 'self != "a"', message: 'not a' },
      { rule: 'self == oldSelf', reason: 'FieldValueForbidden', optionalOldSelf: true },
    ])
  })

  it('keep fields apart from what JavaScript finds in every object', () => {
    const json = jsonOf(object({ ['__proto__']: string(), constructor: string() }))
    assert.deepEqual(Object.keys(json.properties ?? {}), ['__proto__', 'constructor'])
  })

  it("look for a union's fields in its members alone", () => {
    const json = jsonOf(union('t', { A: object({ constructor: int() }), B: object({}) }))
    assert.equal(json['x-kubernetes-validations']?.[0]?.message, 'constructor is only for A')
  })

  it('demand no field of a member that may be null: to rules that is as good as nothing', () => {
    const json = jsonOf(union('t', { A: object({ x: int().nullable() }), B: object({}) }))
    assert.deepEqual(
      json['x-kubernetes-validations']?.map(({ reason }) => reason),
      ['FieldValueForbidden'],
    )
  })

  it('put the members of a union side by side, with rules that tell them apart', () => {
    const json = jsonOf(
      union('type', {
        Recreate: object({}),
        Rolling: object({ surge: int(), 'max-wait': int().optional() }).rule(
          'self.surge > 0',
          'some',
        ),
      }),
    )
    assert.deepEqual(json, {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['Recreate', 'Rolling'] },
        surge: { type: 'integer' },
        'max-wait': { type: 'integer' },
      },
      required: ['type'],
      'x-kubernetes-validations': [
        {
          rule: "!has(self.surge) || self.type == 'Rolling'",
          message: 'surge is only for Rolling',
          reason: 'FieldValueForbidden',
          fieldPath: '.surge',
        },
        {
          rule: "has(self.surge) || !(self.type == 'Rolling')",
          message: 'surge is required for Rolling',
          reason: 'FieldValueRequired',
          fieldPath: '.surge',
        },
        {
          rule: "!has(self.max__dash__wait) || self.type == 'Rolling'",
          message: 'max-wait is only for Rolling',
          reason: 'FieldValueForbidden',
          fieldPath: "['max-wait']",
        },
        { rule: "!(self.type == 'Rolling') || (self.surge > 0)", message: 'some' },
      ],
    })
  })
})

describe('a declaration that no server would take', () => {
  const spec = (fields: Record<string, Typed>): VersionDeclaration => ({ spec: object(fields) })
  type Case = [why: string, declaration: VersionDeclaration, message: RegExp]
  const cases: Case[] = [
    ['nothing in it', {}, /^Site v1: needs a spec or a status$/],
    [
      'no schema',
      spec({ a: {} as Typed }),
      /^Site v1: spec\.a: is no schema that tells its JSON Schema: use the builders, zod 4, or/,
    ],
    [
      'optional items',
      spec({ a: array(string().optional()) }),
      /^Site v1: spec\.a\[\]: cannot be left out/,
    ],
    [
      'optional values',
      spec({ a: map(int().default(1)) }),
      /^Site v1: spec\.a\.\*: cannot be left out/,
    ],
    [
      'look-around',
      spec({ a: map(string().pattern(/(?!a)b/)) }),
      /^Site v1: spec\.a\.\*: its pattern uses look-around/,
    ],
    [
      'back references',
      spec({ a: string().pattern(/(a)\1/) }),
      /^Site v1: spec\.a: its pattern uses back references/,
    ],
    [
      'a set of owned objects',
      spec({ a: array(object({})).set() }),
      /^Site v1: spec\.a: is a set of objects/,
    ],
    [
      'an optional key',
      spec({ a: listMap('k', object({ k: string().optional() })) }),
      /^Site v1: spec\.a\[\]\.k: is a key .* required or have a default/,
    ],
    [
      'a key that is an object',
      spec({ a: listMap('k', object({ k: object({}) })) }),
      /^Site v1: spec\.a\[\]\.k: is a key .* string, a number or a boolean/,
    ],
    ['an empty rule', spec({ a: string().rule(' ') }), /^Site v1: spec\.a: has an empty rule/],
    [
      'a message of two lines',
      spec({ a: string().rule('true', 'a\nb') }),
      /^Site v1: spec\.a: the message of the rule/,
    ],
    [
      'blame for no field',
      { spec: object({ a: string() }).rule('true', { fieldPath: '.b' }) },
      /^Site v1: \.b: the rule true names the field b, which the schema has not/,
    ],
    [
      'a column of nothing',
      { ...spec({ a: string() }), columns: { A: '.spec.b' } },
      /^Site v1: \.spec\.b: the column A names the field b/,
    ],
    [
      'a column without a dot',
      { ...spec({ a: string() }), columns: { A: 'spec.a' } },
      /^Site v1: spec\.a: the path of the column A must begin with a dot/,
    ],
    [
      'a scale of text',
      { ...spec({ a: string() }), scale: { spec: '.spec.a', status: '.spec.a' } },
      /^Site v1: \.spec\.a: scale\.spec must be integer, and this is string/,
    ],
    [
      'a scale out of place',
      { ...spec({ a: int() }), scale: { spec: '.spec.a', status: '.spec.a' } },
      /^Site v1: \.spec\.a: scale\.status cannot be taken from there/,
    ],
    [
      'selectable objects',
      { ...spec({ a: object({}) }), selectable: ['.spec.a'] },
      /^Site v1: \.spec\.a: selectable must be string, integer, boolean, and this is object/,
    ],
    [
      'members that differ in a field',
      spec({ a: union('t', { A: object({ x: int() }), B: object({ x: string() }) }) }),
      /^Site v1: spec\.a\.x: differs between the members A, B of the union/,
    ],
    [
      'a default in one member',
      spec({ a: union('t', { A: object({ x: int().default(1) }), B: object({}) }) }),
      /^Site v1: spec\.a\.x: has a default, .* not only for A/,
    ],
    [
      'a field of one member that rules cannot see',
      spec({ a: union('t', { A: object({ x: array(anything()) }), B: object({}) }) }),
      /^Site v1: spec\.a\.x: CEL does not see this field of a union, as it has no type/,
    ],
    ...(
      [
        [int().max(3).default(4), /^Site v1: spec\.a: its default 4 is too large/],
        [int().default(1.5), /its default 1\.5 must be integer/],
        [int().multipleOf(5).default(3), /is no multiple of 5/],
        [number().above(0).default(0), /is too small/],
        [string().min(1).default(''), /is too short/],
        [string().default(null as never), /must not be null/],
        [enumeration('A', 'B').default('C' as 'A'), /is none of A,B/],
        [array(int()).max(1).default([1, 2]), /has 2 items/],
        [map(object({ b: int().min(1) })).default({ x: { b: 0 } }), /at x\.b is too small/],
        [
          object({ b: int(), c: int().default(1) }).default({} as { b: 1 }),
          /its default \{\} lacks b/,
        ],
        [object({}).default({ b: 1 } as object), /has the field b, which the schema has not/],
        [intOrString().default(1.5), /must be integer or string/],
      ] as const
    ).map(([a, message]): Case => [`a default that ${message.source}`, spec({ a }), message]),
    [
      'a member that is no object',
      spec({ a: union('t', { A: string() }) }),
      /^Site v1: spec\.a\(A\): a member of a union must be an object/,
    ],
  ]
  for (const [why, declaration, message] of cases)
    it(`is refused as it is declared: ${why}`, () => assert.match(refusal(declaration), message))

  it('is refused for its names', () => {
    const named = (names: object) => () =>
      kind({ group: 'demo.example.com', name: 'Site', ...names }).version('v1', spec({}))
    assert.throws(named({ group: 'demo' }), /Site: the group demo must be a domain/)
    assert.throws(named({ group: 'apps.k8s.io' }), /belongs to Kubernetes/)
    assert.throws(named({ name: 'site' }), /must be UpperCamelCase/)
    assert.throws(named({ plural: 'Sites' }), /Sites must be of lower-case/)
    assert.throws(
      () => kind({ group: 'demo.example.com', name: 'Site' }).version('1', spec({})),
      /the version 1 must look like/,
    )
    assert.throws(
      () =>
        kind({ group: 'demo.example.com', name: 'Site' })
          .version('v1', spec({}))
          .next('v1', spec({}), 'unchanged'),
      /Site v1: is declared twice/,
    )
  })

  it('names plurals as English does', () => {
    const plural = (name: string) =>
      kind({ group: 'demo.example.com', name }).version('v1', spec({})).plural
    assert.deepEqual(
      ['Site', 'Policy', 'Gateway', 'Ingress', 'Proxy', 'Batch', 'Box'].map(plural),
      ['sites', 'policies', 'gateways', 'ingresses', 'proxies', 'batches', 'boxes'],
    )
  })
})
