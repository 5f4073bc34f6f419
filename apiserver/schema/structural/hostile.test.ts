import assert from 'node:assert/strict'
import { rawNumber } from '../../../api/json-text.ts'
import { customResourceDefinitions } from '../../resources/apiextensions/custom-resource-definition.ts'
import { created, found } from '../../resources/examples.ts'
import { DefaultsError } from './defaulting.ts'
import type { JsonSchemaProps } from './definition.ts'
import { definition, errorsOf, object, schemaOf, versionOf, widget } from './examples.ts'
import { compilingBudget, Pattern, PatternError, Patterns, writtenOut } from './pattern.ts'

/** Milliseconds of the processor, whoever else is busy. What backtracks or multiplies takes minutes. */
const soon = 1500

function quickly<T>(work: () => T): T {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  assert.ok(user + system < soon * 1000, `took ${Math.round((user + system) / 1000)} ms`)
  return result
}

const accepted = (spec: JsonSchemaProps): string[] =>
  quickly(() => created(customResourceDefinitions, definition([versionOf(spec)])))

function nested(depth: number, keyword: 'properties' | 'allOf' | 'items'): JsonSchemaProps {
  let schema: JsonSchemaProps = { type: 'string' }
  for (let level = 0; level < depth; level++)
    schema =
      keyword === 'properties'
        ? { type: 'object', properties: { a: schema } }
        : keyword === 'items'
          ? { type: 'array', items: schema }
          : { allOf: [schema] }
  return schema
}

describe('a hostile schema', () => {
  for (const keyword of ['properties', 'allOf', 'items'] as const)
    it(`that is a thousand ${keyword} deep is refused`, () =>
      assert.deepEqual(accepted(nested(1000, keyword)), [
        'spec.validation.openAPIV3Schema: Forbidden: must not be deeper than 128 schemas',
      ]))

  it('with a field path of quotes that never end is refused', () => {
    const fieldPath = `.['${'\\a'.repeat(2000)}`
    const rules = [{ rule: 'true', fieldPath }]
    const [error = ''] = accepted(object({}, { 'x-kubernetes-validations': rules }))
    assert.match(error, /fieldPath must be a valid path$/)
  })

  it('of many alternatives for a long text is not tried to its end', () => {
    const text = 'a'.repeat(1_000_000)
    const anyOf = Array.from({ length: 2000 }, () => ({ format: 'uuid', minLength: 2_000_000 }))
    const errors = quickly(() => errorsOf(object({ a: { type: 'string', anyOf } }), { a: text }))
    assert.match(errors.join(), /was not checked to its end/)
  })

  it('with more parts than anybody needs is refused', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 21_000 }, (_, at) => [`a${at}`, { type: 'string' }]),
    )
    assert.deepEqual(accepted({ type: 'object', properties }), [
      'spec.validation.openAPIV3Schema: Forbidden: must not have more than 20000 schemas',
    ])
  })

  it('with as many parts as are allowed is read quickly', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 19_000 }, (_, at) => [`a${at}`, { type: 'string' }]),
    )
    assert.deepEqual(accepted({ type: 'object', properties }), [])
  })

  for (const pattern of ['(?=a)', '(a)\\1', 'a{1,1001}', '(((a{100}){100}){100}){100}', '['])
    it(`with the pattern ${pattern} is refused`, () => {
      const [error = '', ...others] = accepted(object({ a: { type: 'string', pattern } }))
      assert.match(error, /must be a valid regular expression, but isn't: error parsing regexp: /)
      assert.deepEqual(others, [])
    })

  it('with patterns that together are too large is refused', () => {
    const patterns = Array.from({ length: 100 }, (_, at) => `^[a-z]{900}[0-9]{${at}}$`)
    const properties = Object.fromEntries(
      patterns.map((pattern) => [pattern, { type: 'string', pattern }]),
    )
    const errors = accepted({ type: 'object', properties })
    assert.ok(errors.length > 0)
    assert.match(errors[0] ?? '', /expression too large/)
  })

  it('with large classes many times over is refused before they are compiled', () => {
    const properties = Object.fromEntries(
      ['\\pL', '[\\pL\\pN]', '[^\\p{L}]', `[${'aéσж'.repeat(500)}]`].map((part, at) => [
        `a${at}`,
        { type: 'string', pattern: `(?i)^${part}{1000}$` },
      ]),
    )
    const errors = accepted({ type: 'object', properties })
    assert.ok(errors.length >= 3)
    for (const error of errors) assert.match(error, /expression too large$/)
  })

  it('in hundreds of versions has no more room than in one', () => {
    const versions = Array.from({ length: 500 }, (_, at) => ({
      ...versionOf(object({ a: { type: 'string', pattern: `[ab]{${500 + at}}` } })),
      name: `v${at + 1}`,
      storage: at === 0,
    }))
    const errors = quickly(() => created(customResourceDefinitions, definition(versions)))
    assert.equal(errors.length, 100)
    assert.match(errors[0] ?? '', /expression too large$/)
  })

  it('with more columns than anybody reads is refused', () => {
    const additionalPrinterColumns = Array.from({ length: 101 }, (_, at) => ({
      name: `c${at}`,
      type: 'string',
      jsonPath: '.spec.a',
    }))
    const versions = [versionOf(object({}), { additionalPrinterColumns })]
    assert.deepEqual(created(customResourceDefinitions, definition(versions)), [
      'spec.additionalPrinterColumns: Too many: 101: must have at most 100 items',
    ])
  })

  it('whose defaults have large defaults beneath them is refused', () => {
    const large = 'x'.repeat(100_000)
    const item = { type: 'string', maxLength: 100_000, default: large }
    const a: JsonSchemaProps = {
      type: 'array',
      maxItems: 100,
      items: { type: 'object', properties: { b: item } },
      default: new Array(100).fill({}),
      'x-kubernetes-validations': [{ rule: 'self.size() > 0' }],
    }
    assert.match(
      accepted(object({ a }))[0] ?? '',
      /must not come with defaults of more than 3145728 characters beneath$/,
    )
  })

  it('with limits that no double holds is counted with all the same', () => {
    const maxItems = rawNumber('9223372036854775807') as unknown as number
    const schema = object({
      a: {
        type: 'array',
        maxItems,
        items: {
          type: 'string',
          'x-kubernetes-validations': [{ rule: 'self.matches("a+") && self.matches("b+")' }],
        },
      },
    })
    assert.match(accepted(schema)[0] ?? '', /estimated rule cost exceeds budget/)
    assert.deepEqual(errorsOf({ type: 'array', maxItems, items: { type: 'string' } }, ['a']), [])
  })

  it('may have rules over the keys of a map, which weigh nothing in estimates', () => {
    const rule = "self.all(key, key.matches('^[a-z]+$'))"
    const tags = { type: 'object', additionalProperties: { type: 'string', maxLength: 10 } }
    const schema = object({ tags: { ...tags, 'x-kubernetes-validations': [{ rule }] } })
    assert.deepEqual(accepted(schema), [])
  })

  it('with other things in place of schemas is refused', () => {
    const odd = { type: 'object', additionalProperties: 'x' } as unknown as JsonSchemaProps
    assert.deepEqual(accepted(odd), [
      'spec.validation.openAPIV3Schema.properties[spec].additionalProperties: Invalid value: "x": boolean or JSON schema expected',
    ])
    const items = { type: 'array', items: 5 } as unknown as JsonSchemaProps
    assert.match(accepted(items).join(), /items: Invalid value: 5: JSON schema expected/)
  })

  it('with more rules than anybody needs is refused', () => {
    const rules = Array.from({ length: 1001 }, (_, at) => ({ rule: `self.a != ${at}` }))
    const schema = object({ a: { type: 'integer' } }, { 'x-kubernetes-validations': rules })
    assert.match(accepted(schema)[0] ?? '', /no more than 1000 rules/)
  })

  it('with names that mean something elsewhere changes nothing there', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"object","default":{"polluted":true},"properties":{"polluted":{"type":"boolean"}}},"constructor":{"type":"string","default":"a"}}}',
    ) as JsonSchemaProps
    assert.deepEqual(accepted(schema), [])
    const custom = schemaOf(schema)
    const { object: one } = custom.decode({
      metadata: {},
      spec: JSON.parse('{"__proto__":{"x":1}}'),
    })
    custom.default(one)
    assert.equal(JSON.stringify(one.spec), '{"__proto__":{},"constructor":"a"}')
    assert.deepEqual(found(custom.validate({ ...widget(one.spec) }, undefined)), [])
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
    assert.ok(JSON.stringify(custom.openApi('v3')).includes('"__proto__":{"default"'))
  })
})

describe('a hostile object', () => {
  for (const pattern of ['^(a+)+$', '^(\\w+\\s?)*$', '(x+x+)+y', '^(a|a)*$', '(a|b)*a(a|b){12}'])
    it(`does not hold up who matches ${pattern}`, () => {
      const schema: JsonSchemaProps = { type: 'string', pattern }
      quickly(() => errorsOf(schema, `${'a'.repeat(30_000)}!`))
      quickly(() => errorsOf(schema, 'ab'.repeat(30_000)))
    })

  it('is told when a text is too long for a large pattern', () =>
    assert.match(
      quickly(() =>
        errorsOf({ type: 'string', pattern: '^\\w{1,1000}$' }, 'a'.repeat(2_000_000)),
      )[0] ?? '',
      /is too long for its pattern$/,
    ))

  it('is not told back many times over', () => {
    const allOf = Array.from({ length: 100 }, (_, at) => ({ enum: [at] }))
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, allOf }
    for (const value of [{ a: 'x'.repeat(1_000_000) }, { a: new Array(100_000).fill(1) }]) {
      const errors = quickly(() => errorsOf(schema, value))
      assert.equal(errors.length, 101)
      assert.ok(errors.join().length < 100_000)
    }
    const [long = ''] = errorsOf({ type: 'string', pattern: 'b' }, 'a'.repeat(1_000_000))
    assert.match(long, /^spec: Invalid value: "a{4096}\.\.\.": spec in body should match 'b'$/)
  })

  it('is looked up among many values', () => {
    const values = Array.from({ length: 50_000 }, (_, at) => `v${at}`)
    const schema: JsonSchemaProps = { type: 'array', items: { type: 'string', enum: values } }
    assert.deepEqual(
      quickly(() => errorsOf(schema, values)),
      [],
    )
  })

  it('is not tried against alternatives for ever', () => {
    const anyOf = Array.from({ length: 1000 }, (_, at) => ({ minimum: at + 1 }))
    const schema: JsonSchemaProps = { type: 'array', items: { type: 'integer', anyOf } }
    const errors = quickly(() => errorsOf(schema, new Array(100_000).fill(0)))
    assert.ok(errors.length > 0 && errors.length <= 200, String(errors.length))
  })

  it('is not searched for what it must not have for ever', () => {
    const required = Array.from({ length: 20_000 }, (_, at) => `r${at}`)
    const schema: JsonSchemaProps = { type: 'array', items: { type: 'object', not: { required } } }
    const errors = quickly(() => errorsOf(schema, new Array(50_000).fill({})))
    assert.match(errors.join(), /was not checked to its end/)
  })

  it('does not grow by defaults beyond what a request may have', () => {
    const custom = schemaOf({
      type: 'array',
      items: { type: 'object', properties: {}, default: { a: new Array(1000).fill(0) } },
    })
    const spec = (length: number) => widget(new Array(length).fill(null))
    custom.default(spec(1000))
    assert.throws(() => quickly(() => custom.default(spec(100_000))), DefaultsError)
  })

  it('gives others a turn while its rules are run', () => {
    const rule = 'self.x > 0 && self.x < 5'
    const items = object(
      { x: { type: 'integer' } },
      { 'x-kubernetes-validations': [{ rule }, { rule: 'self.x != 7' }] },
    )
    const custom = schemaOf({ type: 'array', items })
    const examination = custom.validate(widget(new Array(20_000).fill({ x: 1 })), undefined)
    const turns = [...examination].filter((found) => found === undefined)
    assert.ok(turns.length >= 5, `${turns.length} turns`)
  })

  it('is found unique quickly', () => {
    const schema: JsonSchemaProps = {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      items: { type: 'integer' },
    }
    const items = Array.from({ length: 100_000 }, (_, at) => at)
    assert.deepEqual(
      quickly(() => errorsOf(schema, items, items.slice(1))),
      [],
    )
  })

  it('is correlated quickly', () => {
    const schema: JsonSchemaProps = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
      items: object({ a: { type: 'integer', maximum: 5 } }, { required: ['a'] }),
    }
    const items = Array.from({ length: 50_000 }, (_, a) => ({ a }))
    const reversed = [...items].reverse()
    assert.deepEqual(
      quickly(() => errorsOf(schema, reversed, items)),
      [],
    )
  })
})

describe('a pattern', () => {
  it('is never larger than told beforehand', () => {
    for (const source of [
      'abc',
      '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
      '(a{3}){4}',
      '((a|b){2,5}c?){7}',
      '[]a]{10}',
      '[[:alpha:]_]{3}',
      'a{,5}',
      '\\d{2,}',
      '(?:x{0,9}y)*',
    ])
      assert.ok(new Pattern(source).size <= writtenOut(source) + 4, source)
  })

  it('has a size that is bounded', () =>
    assert.throws(() => new Patterns(100).of('a{1000}'), PatternError))

  it('of a usual kind is far from the bound', () =>
    assert.ok(
      writtenOut('^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$') < compilingBudget / 100,
    ))
})
