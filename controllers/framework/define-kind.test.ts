import assert from 'node:assert/strict'
import fc from 'fast-check'
import { z } from 'zod'
import { definitions, established, namespace } from '../../apiserver/crds/examples.ts'
import { startWireServer, type WireServer } from '../../apiserver/wire/wire.ts'
import { seededRandom } from '../../ports/random.ts'
import {
  anything,
  array,
  bool,
  conditions,
  type Definition,
  dateTime,
  duration,
  embedded,
  enumeration,
  exampleObject,
  fromVendor,
  type InputOf,
  int,
  intOrString,
  KindError,
  kind,
  listMap,
  literal,
  manifestOf,
  map,
  number,
  object,
  podTemplate,
  quantity,
  rule,
  type Schema,
  string,
  type Typed,
  union,
  unknownFields,
} from './index.ts'

const group = 'demo.example.com'

const Site = kind({ group, name: 'Site', shortNames: ['st'], categories: ['all'] }).version('v1', {
  description: 'A site.',
  spec: object({
    image: string().min(1).max(100).describe('What runs.'),
    replicas: int().min(0).max(100).default(1),
    note: string().optional(),
    mode: enumeration('Fast', 'Safe').default('Safe'),
    tags: array(string().max(10)).set().max(5).optional(),
    ports: listMap(
      ['port', 'protocol'],
      object({
        port: int().min(1),
        protocol: enumeration('TCP', 'UDP').default('TCP'),
        name: string().optional(),
      }),
    ).optional(),
    limits: object({ memory: quantity().default('64Mi'), surge: intOrString().optional() }).default(
      {},
    ),
    labels: map(string()).atomic().optional(),
    strategy: union('type', {
      Recreate: object({}),
      Rolling: object({ surge: int(), pause: bool().optional() }),
    }).optional(),
    until: dateTime().nullable().optional(),
    grace: duration().optional(),
    answer: literal(42).optional(),
    ratio: number().above(0).below(1).optional(),
    free: anything().optional(),
    open: unknownFields().optional(),
    template: podTemplate().optional(),
    child: embedded().optional(),
    name: string().optional().rule('self == oldSelf', 'cannot be changed'),
  }),
  status: object({
    ready: int().optional(),
    since: dateTime().optional(),
    conditions: conditions(),
  }),
  rules: [
    rule('self.spec.replicas <= 10', {
      messageExpression: "'ten at most of ' + self.spec.image",
      reason: 'FieldValueForbidden',
      fieldPath: '.spec.replicas',
    }),
  ],
  columns: {
    Image: { path: '.spec.image', priority: 1, description: 'What runs.' },
    Replicas: '.spec.replicas',
    Since: '.status.since',
    Ready: '.status.conditions[?(@.type=="Ready")].status',
  },
  scale: { spec: '.spec.replicas', status: '.status.ready' },
  selectable: ['.spec.image'],
})

describe('a declared kind, on the API server', () => {
  let wire: WireServer
  const sites = `/apis/${group}/v1/namespaces/${namespace}/sites`

  const install = async (declared: Definition) => {
    const { code, text, json } = await wire.ask('POST', definitions, { body: manifestOf(declared) })
    assert.equal(code, 201, text)
    await established(wire, json.metadata.name)
    const { json: definition } = await wire.ask('GET', `${definitions}/${json.metadata.name}`)
    const types = definition.status.conditions.map(({ type }: { type: string }) => type)
    assert.ok(!types.includes('NonStructuralSchema'), text)
  }
  const create = (name: string, spec: InputOf<typeof Site>['spec']) =>
    wire.ask('POST', sites, {
      body: Site.make({ metadata: { name, namespace }, spec }),
    })

  before(async () => {
    wire = await startWireServer()
    await install(Site)
  })
  after(() => wire.close())

  it('has its defaults filled in as make() does', async () => {
    const body = {
      apiVersion: `${group}/v1`,
      kind: 'Site' as const,
      metadata: { name: 'defaults', namespace },
      spec: { image: 'x', ports: [{ port: 1 }] },
    } satisfies InputOf<typeof Site>
    const { code, json } = await wire.ask('POST', sites, { body })
    assert.equal(code, 201)
    assert.deepEqual(json.spec, {
      image: 'x',
      replicas: 1,
      mode: 'Safe',
      limits: { memory: '64Mi' },
      ports: [{ port: 1, protocol: 'TCP' }],
    })
    assert.deepEqual(Site.make(body).spec, json.spec)
  })

  it('loses what the schema does not name, and only that', async () => {
    const spec = {
      image: 'x',
      other: 1,
      open: { kept: 1 },
      free: [1],
      template: { spec: { containers: [], kept: 1 } },
      child: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: 'b' } },
    }
    const { json } = await create('pruned', spec)
    const { other: _, ...kept } = spec
    assert.deepEqual(json.spec, { ...kept, replicas: 1, mode: 'Safe', limits: { memory: '64Mi' } })
  })

  const refused: [why: string, spec: object, message: RegExp][] = [
    ['a rule over the object', { replicas: 11 }, /spec\.replicas: Forbidden: ten at most of x/],
    ['a maximum', { replicas: 101 }, /less than or equal to 100/],
    ['a set', { tags: ['a', 'a'] }, /spec\.tags\[1\]: Duplicate value/],
    [
      'the keys of a list',
      { ports: [{ port: 1 }, { port: 1 }] },
      /spec\.ports\[1\]: Duplicate value/,
    ],
    ['an enumeration', { mode: 'Other' }, /supported values: "Fast", "Safe"/],
    [
      'a field of another member',
      { strategy: { type: 'Recreate', surge: 1 } },
      /spec\.strategy\.surge: Forbidden: surge is only for Rolling/,
    ],
    [
      'a missing field of a member',
      { strategy: { type: 'Rolling' } },
      /spec\.strategy\.surge: Required value: surge is required for Rolling/,
    ],
    ['a moment', { until: 'soon' }, /spec\.until/],
    ['a duration', { grace: 'PT1H' }, /spec\.grace/],
    ['a quantity', { limits: { memory: 'much' } }, /spec\.limits\.memory/],
    ['a literal', { answer: 41 }, /supported values: "42"/],
    ['an exclusive bound', { ratio: 1 }, /spec\.ratio/],
  ]
  for (const [why, spec, message] of refused)
    it(`is refused for ${why}`, async () => {
      const { code, json } = await create('refused', { image: 'x', ...spec } as never)
      assert.equal(code, 422)
      assert.match(json.message, message)
    })

  it('takes each member of a union, and null where it may be', async () => {
    const strategies = [{ type: 'Recreate' }, { type: 'Rolling', surge: 1, pause: true }] as const
    for (const [at, strategy] of strategies.entries()) {
      const { code, json } = await create(`member-${at}`, { image: 'x', strategy, until: null })
      assert.equal(code, 201, json.message)
      assert.deepEqual(json.spec.strategy, strategy)
      assert.equal(json.spec.until, null)
    }
  })

  it('runs rules over what was before', async () => {
    await create('steady', { image: 'x', name: 'one' })
    const { code, json } = await wire.ask('PATCH', `${sites}/steady`, {
      body: { spec: { name: 'two' } },
    })
    assert.equal(code, 422)
    assert.match(json.message, /spec\.name: Invalid value: "string": cannot be changed/)
  })

  it('is printed by its columns, with the types of the schema', async () => {
    const Accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
    const { json } = await wire.ask('GET', sites, { headers: { Accept } })
    assert.deepEqual(
      json.columnDefinitions
        .slice(1)
        .map(({ name, type, priority }: Record<string, unknown>) => [name, type, priority]),
      [
        ['Image', 'string', 1],
        ['Replicas', 'integer', 0],
        ['Since', 'date', 0],
        ['Ready', 'string', 0],
      ],
    )
  })

  it('has a status and a scale of its own', async () => {
    await create('scaled', { image: 'x' })
    const scaled = await wire.ask('PATCH', `${sites}/scaled/scale`, {
      body: { spec: { replicas: 3 } },
    })
    assert.equal(scaled.json.spec.replicas, 3)
    const { json } = await wire.ask('PATCH', `${sites}/scaled/status`, {
      body: { status: { ready: 2 }, spec: { image: 'other' } },
    })
    assert.equal(json.status.ready, 2)
    assert.equal(json.spec.image, 'x')
  })

  it('is found by its selectable fields, short names and categories', async () => {
    await create('found', { image: 'rare' })
    const { json } = await wire.ask('GET', `${sites}?fieldSelector=spec.image%3Drare`)
    assert.deepEqual(
      json.items.map((item: { metadata: { name: string } }) => item.metadata.name),
      ['found'],
    )
    const { json: list } = await wire.ask('GET', `/apis/${group}/v1`)
    const { shortNames, categories } = list.resources.find(
      ({ name }: { name: string }) => name === 'sites',
    )
    assert.deepEqual([shortNames, categories], [['st'], ['all']])
  })

  it("may be declared with a vendor's schemas, whose defaults it then has", async () => {
    const spec = z.object({
      name: z.string().max(63).default('x'),
      size: z.int().min(1).default(3),
      mail: z.email().optional(),
      level: z
        .union([z.literal('low'), z.literal('high')])
        .nullable()
        .default(null),
      target: z.union([z.string(), z.int()]).optional(),
      parts: z.array(z.object({ at: z.iso.datetime(), deep: z.boolean().default(true) })).max(3),
      tags: z.record(z.string().regex(/^[a-z]+$/), z.string().max(10)).optional(),
      how: z
        .discriminatedUnion('type', [
          z.object({ type: z.literal('Fast') }),
          z.object({ type: z.literal('Slow'), seconds: z.number().positive() }),
        ])
        .optional(),
      any: z.unknown().optional(),
    })
    const Vendor = kind({ group, name: 'Vendor' }).version('v1', { spec })
    await install(Vendor)
    const at = `/apis/${group}/v1/namespaces/${namespace}/vendors`
    const ask = (value: object) =>
      wire.ask('POST', at, {
        body: Vendor.make({ metadata: { generateName: 'a-' }, spec: value as never }),
      })
    const good = [
      { parts: [] },
      { parts: [{ at: '2026-01-31T12:00:00Z' }], level: 'low', target: 1, tags: { a: 'b' } },
      { parts: [], how: { type: 'Slow', seconds: 0.5 }, target: 'b', any: [null], size: 7 },
    ]
    for (const value of good) {
      const { code, json } = await ask(value)
      assert.equal(code, 201, json.message)
      assert.deepEqual(json.spec, spec.parse(value))
    }
    const bad = [
      {},
      { parts: [], size: 0 },
      { parts: [], mail: 'nobody' },
      { parts: [], level: 'middle' },
      { parts: [], target: true },
      { parts: [{ at: 'now' }] },
      { parts: [], tags: { A: 'b' } },
      { parts: [], how: { type: 'Slow' } },
      { parts: [], how: { type: 'Slow', seconds: 0 } },
    ]
    for (const value of bad) {
      assert.equal((await ask(value)).code, 422, JSON.stringify(value))
      assert.equal(spec.safeParse(value).success, false, JSON.stringify(value))
    }
  })

  it("is accepted whatever a vendor's schema was, or refused as it is declared", async () => {
    let [count, taken] = [0, 0]
    await fc.assert(
      fc.asyncProperty(vendorSchemas, async (json) => {
        const value = fromVendor({ '~standard': {} }, () => json)
        const name = `Foreign${count++}`
        let declared: Definition
        try {
          declared = kind({ group, name }).version('v1', { spec: object({ value }) })
        } catch (error) {
          assert.ok(error instanceof KindError, String(error))
          return
        }
        await install(declared)
        taken++
      }),
      { numRuns: 60, seed: 3 },
    )
    assert.ok(taken > 10 && taken < count, `${taken} of ${count}`)
  }).timeout(30_000)

  it('is accepted whatever its schema, takes examples of it, and fills in the same defaults', async () => {
    let count = 0
    await fc.assert(
      fc.asyncProperty(schemas, fc.integer(), async (spec, seed) => {
        const name = `Random${count++}`
        const Random = kind({ group, name }).version('v1', { spec: object({ value: spec }) })
        await install(Random)
        const at = `/apis/${group}/v1/namespaces/${namespace}/${Random.plural}`
        const random = seededRandom(seed)
        for (let run = 0; run < 5; run++) {
          const body = exampleObject(Random, 'v1', random)
          body.metadata = { name: `example-${run}`, namespace }
          const { code, json } = await wire.ask('POST', at, { body })
          assert.equal(code, 201, json.message)
          assert.deepEqual(json.spec, body.spec)
        }
      }),
      { numRuns: 25, seed: 7 },
    )
  }).timeout(30_000)
})

/** Schemas of our builders, nested. */
const { schemas } = fc.letrec<{ schemas: Typed; leaf: Typed }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom<Typed>(
      bool(),
      quantity(),
      intOrString(),
      dateTime(),
      duration(),
      string().format('ipv4'),
    ),
    fc.tuple(fc.nat(9), fc.nat(9)).map(([low, more]) =>
      int()
        .min(low)
        .max(low + more),
    ),
    fc.tuple(fc.nat(9), fc.nat(9)).map(([low, more]) =>
      string()
        .min(low)
        .max(low + more),
    ),
    fc
      .uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 })
      .map((values) => enumeration(...(values as [string])).nullable()),
  ),
  schemas: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    tie('leaf'),
    fc.constant(anything()),
    fc
      .dictionary(fc.constantFrom('a', 'b-c', 'd.e', 'in', 'constructor'), tie('schemas'))
      .map((fields) => object(fields)),
    fc
      .dictionary(fc.constantFrom('a', 'b-c'), fc.nat(9))
      .map((fields) =>
        object(
          Object.fromEntries(
            Object.entries(fields).map(([name, value]) => [name, int().default(value)]),
          ),
        ).default({}),
      ),
    fc.tuple(tie('schemas'), fc.nat(3)).map(([items, most]) => array(required(items)).max(most)),
    tie('leaf').map((values) => map(values)),
    fc
      .dictionary(fc.constantFrom('x', 'y-z'), tie('leaf'))
      .map((fields) => listMap('key', object({ ...fields, key: string() }) as never) as Typed),
    fc
      .dictionary(fc.constantFrom('A', "B's", 'C'), fc.tuple(tie('leaf'), tie('leaf')), {
        minKeys: 1,
      })
      .map((members) => union('the-type', memberSchemas(members))),
  ),
}))

/** JSON Schema as nobody would write it. */
const { vendorSchemas } = fc.letrec<{ vendorSchemas: object; some: object[] }>((tie) => ({
  some: fc.array(tie('vendorSchemas'), { minLength: 1, maxLength: 3 }),
  vendorSchemas: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record(
      {
        type: fc.constantFrom('string', 'integer', 'boolean', ['string', 'null'], 'null'),
        nullable: fc.boolean(),
        description: fc.string(),
        'x-other': fc.string(),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ const: fc.constantFrom('a', 1, true, 1.5) }),
    fc.record({ enum: fc.constantFrom(['a', 'b'], [1, 2], ['a', null]) }),
    fc.record(
      {
        type: fc.constant('string'),
        format: fc.constantFrom('email', 'duration', 'date-time', 'word'),
        pattern: fc.constantFrom('^a', '(?=a)', '^(?!x)'),
        maxLength: fc.nat(9),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constantFrom('number', 'integer'),
        exclusiveMinimum: fc.constantFrom(1, true, false),
        minimum: fc.nat(3),
        maximum: fc.integer({ min: 4, max: 9 }),
      },
      { requiredKeys: ['type', 'minimum'] },
    ),
    tie('some').map((anyOf) => ({ anyOf })),
    tie('some').map((oneOf) => ({ oneOf, description: 'one' })),
    tie('some').map((allOf) => ({ allOf, nullable: true })),
    fc.record({
      type: fc.constant('array'),
      items: tie('vendorSchemas'),
      uniqueItems: fc.boolean(),
    }),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom('a', 'b', 't'), tie('vendorSchemas')),
        required: fc.constantFrom(['a'], ['t'], []),
        additionalProperties: fc.oneof(fc.boolean(), tie('vendorSchemas')),
        propertyNames: fc.constantFrom({ maxLength: 3 }, { pattern: '^a' }),
      },
      { requiredKeys: ['type'] },
    ),
    fc
      .uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1 })
      .chain((tags) =>
        fc.tuple(
          ...tags.map((tag) =>
            tie('vendorSchemas').map((own) => ({
              type: 'object',
              properties: { t: { const: tag }, own, [`of-${tag}`]: own },
              required: ['t'],
            })),
          ),
        ),
      )
      .map((oneOf) => ({ oneOf })),
  ),
}))

/** What cannot be left out, as items cannot: inside of an object. */
const required = (schema: Typed): Typed =>
  (schema as Schema<unknown>).node.optional ? object({ value: schema }) : schema

/** Members with a field of their own each, and one more that may be left out. */
const memberSchemas = (members: Record<string, [Typed, Typed]>): Record<string, Typed> =>
  Object.fromEntries(
    Object.entries(members).map(([name, [own, other]], at) => [
      name,
      object({ [`own-${at}`]: own, [`other-${at}`]: (other as Schema<unknown>).optional() }),
    ]),
  )
