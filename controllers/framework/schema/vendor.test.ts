import assert from 'node:assert/strict'
import { z } from 'zod'
import { array, fromVendor, KindError, object, type Typed } from './index.ts'
import { schemaAt } from './schema-at.ts'

const jsonOf = (schema: Typed) => structuredClone(schemaAt(schema, 'spec').json)
/** What a schema that no library made becomes. */
const structural = (schema: object) => jsonOf(fromVendor({ '~standard': {} }, () => schema))
const intBounds = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }
const intOrString = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  'x-kubernetes-int-or-string': true,
}

describe("a vendor's schema", () => {
  it('becomes structural', () => {
    const cases: [Typed, object][] = [
      [z.string().min(1).max(2), { type: 'string', minLength: 1, maxLength: 2 }],
      [z.int().default(1), { type: 'integer', default: 1, ...intBounds }],
      [z.number().gt(1).lte(3), { type: 'number', minimum: 1, exclusiveMinimum: true, maximum: 3 }],
      [z.enum(['a', 'b']), { type: 'string', enum: ['a', 'b'] }],
      [z.literal('a'), { type: 'string', enum: ['a'] }],
      [z.union([z.literal('a'), z.literal('b')]), { type: 'string', enum: ['a', 'b'] }],
      [z.string().nullable(), { type: 'string', nullable: true }],
      [z.union([z.string(), z.null()]), { type: 'string', nullable: true }],
      [z.union([z.string(), z.int()]), intOrString],
      [z.array(z.boolean()).max(3), { type: 'array', items: { type: 'boolean' }, maxItems: 3 }],
      [
        z.record(z.string(), z.string()),
        { type: 'object', additionalProperties: { type: 'string' } },
      ],
      [z.unknown(), { 'x-kubernetes-preserve-unknown-fields': true, nullable: true }],
      [z.strictObject({}), { type: 'object', properties: {} }],
      [
        z.looseObject({}),
        { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
      ],
      [z.iso.time(), { type: 'string', pattern: jsonOf(z.iso.time()).pattern }],
      [
        z.array(z.string()).meta({ 'x-kubernetes-list-type': 'set', description: 'd' }),
        {
          type: 'array',
          items: { type: 'string' },
          'x-kubernetes-list-type': 'set',
          description: 'd',
        },
      ],
    ]
    for (const [schema, json] of cases) assert.deepEqual(jsonOf(schema), json)
  })

  it('keeps apart what must be there, what may be left out, and what has a default', () => {
    const schema = object({
      needed: z.string(),
      optional: z.string().optional(),
      defaulted: z.string().default('x'),
      nested: z.object({ a: z.string(), b: z.string().optional(), c: z.int().default(1) }),
    })
    const json = jsonOf(schema)
    assert.deepEqual(json.required, ['needed', 'nested'])
    assert.deepEqual(json.properties?.nested?.required, ['a'])
    assert.equal(json.properties?.defaulted?.default, 'x')
  })

  it('has its intersections and references made one', () => {
    const shared = z.object({ a: z.string() }).meta({ id: 'Shared' })
    const json = jsonOf(z.object({ one: shared, two: shared.and(z.object({ b: z.int32() })) }))
    assert.deepEqual(json.properties?.one, {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
    })
    assert.deepEqual(Object.keys(json.properties?.two?.properties ?? {}), ['a', 'b'])
    assert.deepEqual(jsonOf(z.string().startsWith('a').endsWith('b').regex(/x/)), {
      type: 'string',
      pattern: '^a.*',
      allOf: [{ pattern: '.*b$' }, { pattern: 'x' }],
    })
  })

  it('has the members of its unions told apart by rules', () => {
    const json = jsonOf(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('A'), a: z.string() }),
        z.object({ type: z.enum(['B', 'C']), b: z.string().optional() }),
      ]),
    )
    assert.deepEqual(json.properties?.type, { type: 'string', enum: ['A', 'B', 'C'] })
    assert.deepEqual(
      json['x-kubernetes-validations']?.map(({ rule }) => rule),
      [
        "!has(self.a) || self.type == 'A'",
        "has(self.a) || !(self.type == 'A')",
        "!has(self.b) || self.type == 'B' || self.type == 'C'",
      ],
    )
  })

  it('keeps a format that the server checks, where it cannot run the pattern', () => {
    assert.deepEqual(structural({ type: 'string', format: 'email', pattern: '^(?!x)' }), {
      type: 'string',
      format: 'email',
    })
  })

  it('may be of another draft', () => {
    assert.deepEqual(structural({ type: ['string', 'null'], const: 'a' }), {
      type: 'string',
      enum: ['a', null],
      nullable: true,
    })
    assert.deepEqual(structural({ type: 'string', nullable: true, minLength: 1 }), {
      type: 'string',
      nullable: true,
      minLength: 1,
    })
    assert.deepEqual(structural({ type: ['integer', 'string'] }), intOrString)
    assert.deepEqual(structural({ type: 'integer', exclusiveMinimum: 1, maximum: 3 }), {
      type: 'integer',
      minimum: 1,
      exclusiveMinimum: true,
      maximum: 3,
    })
    assert.deepEqual(structural({ type: 'array', items: { type: 'string' }, uniqueItems: true }), {
      type: 'array',
      items: { type: 'string' },
      'x-kubernetes-list-type': 'set',
    })
    const keys = structural({
      type: 'object',
      propertyNames: { type: 'string', maxLength: 3, pattern: '^a' },
      additionalProperties: { type: 'string' },
    })
    assert.deepEqual(
      keys['x-kubernetes-validations']?.map(({ rule }) => rule),
      ['self.all(key, size(key) <= 3)', "self.all(key, key.matches('^a'))"],
    )
  })

  it('has a say in the keys of its maps', () => {
    const tags = z.record(z.string().regex(/^a/), z.string())
    const keys = jsonOf(tags)['x-kubernetes-validations']
    assert.equal(keys?.[0]?.rule, "self.all(key, key.matches('^a'))")
  })

  it('can be said more of', () => {
    const json = jsonOf(fromVendor(z.string()).rule('self != "a"').describe('d'))
    assert.equal(json.description, 'd')
    assert.equal(json['x-kubernetes-validations']?.length, 1)
  })

  interface Tree {
    child?: Tree | undefined
  }
  const tree: z.ZodType<Tree> = z.object({
    get child() {
      return tree.optional()
    },
  })
  const refused: [why: string, schema: Typed, path: string, message: RegExp][] = [
    [
      'a transform',
      z.string().transform(Number),
      'spec',
      /its output has no JSON Schema: Transforms cannot/,
    ],
    [
      'a codec',
      z.codec(z.string(), z.int(), { decode: Number, encode: String }),
      'spec',
      /a transform or codec/,
    ],
    ['a date', z.object({ at: z.date() }), 'spec', /its input has no JSON Schema: Date cannot/],
    [
      'recursion',
      tree,
      'spec.child.child',
      /contains itself, and a structural schema is finite: cut it with/,
    ],
    [
      'shapes that nothing tells apart',
      z.object({ a: z.union([z.object({ x: z.int() }), z.object({ y: z.int() })]) }),
      'spec.a',
      /may have several shapes.*anything\(\)/,
    ],
    [
      'a string or a fraction',
      z.union([z.string(), z.number()]),
      'spec',
      /may have several shapes/,
    ],
    [
      'a tuple',
      array(z.tuple([z.string(), z.int()])),
      'spec[]',
      /cannot say prefixItems: use an object with a field for each place/,
    ],
    ['never', z.object({ a: z.never() }), 'spec.a', /cannot say not: say what is allowed/],
    ['null alone', z.object({ a: z.null() }), 'spec.a', /is always null: leave the field out/],
    [
      'both fields and a map',
      z.object({ a: z.string() }).catchall(z.int()),
      'spec',
      /put the others into a map/,
    ],
    [
      'a pattern that RE2 has not',
      z.object({ a: z.string().regex(/(?=a)/) }),
      'spec.a',
      /its pattern uses look-around/,
    ],
    [
      'a duration of ISO',
      z.object({ a: z.iso.duration() }),
      'spec.a',
      /its pattern uses look-around/,
    ],
    [
      'a default in one member',
      z.discriminatedUnion('t', [
        z.object({ t: z.literal('A'), x: z.int().default(1) }),
        z.object({ t: z.literal('B') }),
      ]),
      'spec.x',
      /has a default/,
    ],
    [
      'keys of what has no type',
      z.record(z.string().min(2), z.unknown()),
      'spec',
      /rules see only maps whose values have a type/,
    ],
    [
      'no JSON Schema at all',
      { '~standard': {} } as Typed,
      'spec',
      /is no schema that tells its JSON Schema/,
    ],
  ]
  for (const [why, schema, path, message] of refused)
    it(`is refused where it stands: ${why}`, () =>
      assert.throws(
        () => jsonOf(schema),
        (error) => {
          assert.ok(error instanceof KindError, String(error))
          assert.equal(error.path, path)
          assert.match(error.problem, message)
          return true
        },
      ))

  it('refuses the keywords that it does not know how to keep', () => {
    for (const keyword of [
      'if',
      'patternProperties',
      'contains',
      'dependentRequired',
      'prefixItems',
    ])
      assert.throws(() => structural({ type: 'object', [keyword]: {} }), KindError)
    for (const [schema, message] of [
      [{ $ref: 'https://example.com' }, /outside of the schema/],
      [{ $ref: '#/definitions/none' }, /is not there/],
      [{ type: 'string', format: 'word' }, /does not check the format word/],
      [{ type: 'array' }, /no certain items/],
      [{ type: 'object', propertyNames: { format: 'x' } }, /cannot say format of a map's keys/],
      [{ allOf: [{ type: 'string' }, { type: 'integer' }] }, /different things of type/],
    ] as const)
      assert.throws(() => structural(schema), message)
  })
})
