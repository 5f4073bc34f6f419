import assert from 'node:assert/strict'
import { told } from '../../resources/examples.ts'
import { customSchema as custom } from './custom-schema.ts'
import type { JsonSchemaProps, ValidationRule } from './definition.ts'
import { errorsOf, object, schemaOf, widget } from './examples.ts'

const rules = (...given: (string | ValidationRule)[]): JsonSchemaProps => ({
  'x-kubernetes-validations': given.map((one) => (typeof one === 'string' ? { rule: one } : one)),
})
const integer: JsonSchemaProps = { type: 'integer' }
const text: JsonSchemaProps = { type: 'string', maxLength: 100 }
const keyedItems: JsonSchemaProps = {
  type: 'array',
  maxItems: 9,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['k'],
  items: object({ k: text }, { required: ['k'] }),
}
const failed = (rule: string) => `Invalid value: "object": failed rule: ${rule}`

describe('a rule', () => {
  const rows: [
    about: string,
    schema: JsonSchemaProps,
    good: unknown,
    bad: unknown,
    errors: string[],
  ][] = [
    [
      'looks at fields',
      object({ a: integer, b: integer }, rules('self.a < self.b')),
      { a: 1, b: 2 },
      { a: 2, b: 1 },
      [`spec: ${failed('self.a < self.b')}`],
    ],
    [
      'tells of it in words of its own',
      object({ a: integer }, rules({ rule: 'self.a > 0', message: ' must be more ' })),
      { a: 1 },
      { a: 0 },
      ['spec: Invalid value: "object": must be more'],
    ],
    [
      'tells of it in words that depend on it',
      object(
        { a: integer },
        rules({ rule: 'self.a > 0', messageExpression: '"not " + string(self.a)' }),
      ),
      { a: 1 },
      { a: 0 },
      ['spec: Invalid value: "object": not 0'],
    ],
    [
      'tells of it in its first words where the others fail',
      object(
        { a: integer },
        rules({ rule: 'self.a > 0', message: 'more', messageExpression: 'string(1 / self.a)' }),
      ),
      { a: 1 },
      { a: 0 },
      ['spec: Invalid value: "object": more'],
    ],
    [
      'tells of a field, and why',
      object(
        { a: integer, m: { type: 'object', additionalProperties: integer } },
        rules({
          rule: 'self.a > 0',
          reason: 'FieldValueForbidden',
          message: 'no',
          fieldPath: '.a',
        }),
      ),
      { a: 1 },
      { a: 0 },
      ['spec.a: Forbidden: no'],
    ],
    [
      'tells of a field with an odd name',
      object(
        { "it's": integer, a: integer },
        rules({ rule: 'self.a > 0', message: 'no', fieldPath: ".it's" }),
      ),
      { a: 1 },
      { a: 0 },
      ['spec.it\'s: Invalid value: "object": no'],
    ],
    [
      'tells what is missing',
      object(
        { a: text },
        rules({ rule: 'has(self.a)', reason: 'FieldValueRequired', fieldPath: '.a' }),
      ),
      { a: '' },
      {},
      ['spec.a: Required value: failed rule: has(self.a)'],
    ],
    [
      'looks at every item',
      { type: 'array', maxItems: 9, items: object({ a: integer }, rules('self.a > 0')) },
      [{ a: 1 }],
      [{ a: 1 }, { a: 0 }],
      [`spec[1]: ${failed('self.a > 0')}`],
    ],
    [
      'looks at every key',
      {
        type: 'object',
        maxProperties: 9,
        additionalProperties: { ...integer, ...rules('self > 0') },
      },
      { x: 1 },
      { x: 0 },
      ['spec[x]: Invalid value: "integer": failed rule: self > 0'],
    ],
    [
      'writes odd names in a way of its own',
      object({ 'a-b': integer, namespace: integer }, rules('self.a__dash__b > self.__namespace__')),
      { 'a-b': 2, namespace: 1 },
      { 'a-b': 1, namespace: 1 },
      [`spec: ${failed('self.a__dash__b > self.__namespace__')}`],
    ],
    [
      'asks a number or a text what it is',
      object(
        { a: { 'x-kubernetes-int-or-string': true } },
        rules('type(self.a) == int ? self.a < 5 : self.a.endsWith("%")'),
      ),
      { a: '5%' },
      { a: 5 },
      [`spec: ${failed('type(self.a) == int ? self.a < 5 : self.a.endsWith("%")')}`],
    ],
    [
      'reads times as times',
      object(
        { a: { type: 'string', format: 'date-time' }, d: { type: 'string', format: 'duration' } },
        rules('self.a.getFullYear() > 2000 && self.d < duration("1h")'),
      ),
      { a: '2026-01-01T00:00:00Z', d: '5m' },
      { a: '1999-01-01T00:00:00Z', d: '5m' },
      [`spec: ${failed('self.a.getFullYear() > 2000 && self.d < duration("1h")')}`],
    ],
    [
      'reads days as times',
      object(
        { a: { type: 'string', format: 'date' } },
        rules('self.a < timestamp("2026-01-02T00:00:00Z")'),
      ),
      { a: '2026-01-01' },
      { a: '2026-01-02' },
      [`spec: ${failed('self.a < timestamp("2026-01-02T00:00:00Z")')}`],
    ],
    [
      'says when it cannot be told',
      object({ a: integer }, rules('self.a > 0')),
      { a: 1 },
      {},
      ['spec: Invalid value: "object": no such key: a evaluating rule: self.a > 0'],
    ],
    [
      'takes a set for the same in any order',
      {
        type: 'array',
        maxItems: 9,
        'x-kubernetes-list-type': 'set',
        items: text,
        ...rules('self == ["a", "b"]'),
      },
      ['b', 'a'],
      ['a', 'c'],
      ['spec: Invalid value: "array": failed rule: self == ["a", "b"]'],
    ],
    [
      'takes a list map for the same in any order',
      {
        type: 'array',
        maxItems: 2,
        items: keyedItems,
        ...rules('self[0] == self[1] && self[0] + self[1] == self[0]'),
      },
      [
        [{ k: 'a' }, { k: 'b' }],
        [{ k: 'b' }, { k: 'a' }],
      ],
      [[{ k: 'a' }], [{ k: 'b' }]],
      [
        'spec: Invalid value: "array": failed rule: self[0] == self[1] && self[0] + self[1] == self[0]',
      ],
    ],
    [
      'is not asked of nothing',
      { ...text, nullable: true, ...rules('false') },
      null,
      'a',
      ['spec: Invalid value: "string": failed rule: false'],
    ],
  ]
  for (const [about, schema, good, bad, errors] of rows)
    it(about, () => {
      assert.deepEqual(errorsOf(schema, good), [])
      assert.deepEqual(errorsOf(schema, bad), errors)
    })

  it('of a resource sees its name, and nothing else of its metadata', () => {
    const version = (rule: string) => ({
      name: 'v1',
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: 'object', ...rules(rule) } },
    })
    const errors = (rule: string) =>
      told(
        custom({ group: 'a.b', version: 'v1', kind: 'C' }, version(rule)).validate(
          widget({}),
          undefined,
        ),
      )
    assert.deepEqual(errors('self.metadata.name == "one" && self.kind == "Widget"'), [])
    assert.deepEqual(errors('self.metadata.name == "two"'), [
      '<nil>: Invalid value: "object": failed rule: self.metadata.name == "two"',
    ])
    assert.match(errors('self.metadata.labels.size() == 0')[0] ?? '', /undefined field 'labels'/)
  })

  it('is not run on what is not of its type', () =>
    assert.deepEqual(errorsOf(object({ a: integer }, rules('self.a > 0')), { a: 'b' }), [
      'spec.a: Invalid value: "string": spec.a in body must be of type integer: "string"',
      '<nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]))

  it('spends a budget with all others', () => {
    const schema = object({ a: integer }, rules('self.a > 0', 'self.a > 1', 'self.a > 2'))
    const errors = told(schemaOf(schema, { rulesBudget: 5 }).validate(widget({ a: 9 }), undefined))
    assert.deepEqual(errors, [
      'spec: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
    ])
  })
})

describe('the expression of a message', () => {
  const toldOf = (rulesBudget: number, messageExpression: string) => {
    const schema = object({ a: integer }, rules({ rule: 'false', messageExpression }))
    return told(schemaOf(schema, { rulesBudget }).validate(widget({ a: 9 }), undefined))
  }

  it('is paid from the same budget', () =>
    assert.deepEqual(toldOf(1, "'a' + 'b' + 'c'"), [
      'spec: Invalid value: "object": messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run',
    ]))

  it('is stopped where it costs too much by itself', () => {
    const list = `[${new Array(100).fill(1).join()}]`
    const endless = `${list}.map(a, ${list}.map(b, ${list}.map(c, 1))).size() > 0 ? 'a' : 'b'`
    assert.match(
      toldOf(100_000_000, endless).join(),
      /^spec: Invalid value: "object": no further validation rules will be run due to call cost exceeds limit for messageExpression: "/,
    )
  })
})

describe('a rule on a change', () => {
  const once = object({ a: integer, b: integer }, rules('self.a == oldSelf.a'))

  it('compares with what was', () => {
    assert.deepEqual(errorsOf(once, { a: 2 }, { a: 1 }), [`spec: ${failed('self.a == oldSelf.a')}`])
    assert.deepEqual(errorsOf(once, { a: 1, b: 1 }, { a: 1 }), [])
  })

  it('is not asked where nothing was', () => assert.deepEqual(errorsOf(once, { a: 2 }), []))

  it('is asked also where nothing was, if it says so', () => {
    const rule = 'oldSelf.hasValue() || self.a == 1'
    const schema = object({ a: integer }, rules({ rule, optionalOldSelf: true }))
    assert.deepEqual(errorsOf(schema, { a: 1 }), [])
    assert.deepEqual(errorsOf(schema, { a: 2 }), [`spec: ${failed(rule)}`])
    assert.deepEqual(errorsOf(schema, { a: 2 }, { a: 1 }), [])
  })

  it('knows items of a list map by their keys', () => {
    const rule = 'self.size >= oldSelf.size'
    const schema: JsonSchemaProps = {
      type: 'array',
      maxItems: 9,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: object({ name: text, size: integer }, { required: ['name'], ...rules(rule) }),
    }
    const a = { name: 'a', size: 5 }
    assert.deepEqual(errorsOf(schema, [{ name: 'b', size: 1 }, a], [a]), [])
    assert.deepEqual(
      errorsOf(
        schema,
        [
          { name: 'b', size: 1 },
          { ...a, size: 4 },
        ],
        [a],
      ),
      [`spec[1]: ${failed(rule)}`],
    )
  })

  it('lets pass what it was not asked before and is as it was, and tells of it', () => {
    const schema = object({ a: object({ x: integer }, rules('self.x > 0')), b: integer })
    const warnings: string[] = []
    const [is, was] = [widget({ a: { x: 0 }, b: 1 }), widget({ a: { x: 0 } })]
    assert.deepEqual(told(schemaOf(schema).validate(is, was, (text) => warnings.push(text))), [])
    assert.deepEqual(warnings, [`spec.a: ${failed('self.x > 0')}`])
    assert.deepEqual(errorsOf(schema, { a: { x: -1 } }, { a: { x: 0 } }), [
      `spec.a: ${failed('self.x > 0')}`,
    ])
  })
})
