import assert from 'node:assert/strict'
import { CelRuntimeError, compile } from './cel.ts'
import * as t from './types.ts'

const item = t.object('Item', [
  ['k!', t.string],
  ['v', t.string],
])
const variables = {
  self: t.object('Self', [
    ['name', t.string],
    ['none', t.string],
    ['set', t.list(t.string, undefined, { kind: 'set' })],
    ['days', t.list(t.timestamp, undefined, { kind: 'set' })],
    ['map', t.list(item, undefined, { kind: 'map', keys: ['k!'] })],
    ['other', t.list(item, undefined, { kind: 'map', keys: ['k!'] })],
    ['open', t.list(t.object('Open', [['known', t.int]]))],
    ['any', t.map(t.string, t.string)],
  ]),
}

const [a, b] = [
  { 'k!': 'a', v: '1' },
  { 'k!': 'b', v: '2' },
]
const self = {
  none: null,
  set: ['a', 'b', 'c'],
  days: ['2026-01-01', '2026-01-02'],
  map: [a, b],
  other: [{ 'k!': 'b', v: '3' }, a, { 'k!': 'c', v: '4' }],
  open: [{ known: 1, more: { x: [1] } }, { known: 1, more: { x: [1] } }, { known: 1 }],
  any: { a: null },
}

const run = (expression: string) => compile(expression, { variables }).run({ self }).value

function holds(...expressions: string[]): void {
  for (const expression of expressions) assert.equal(run(expression), true, expression)
}

describe('JSON in expressions', () => {
  it('has no fields that are null, and knows keys of maps that are', () => {
    holds(
      '!has(self.none) && !self.?none.hasValue()',
      "'a' in self.any && type(self.any['a']) == null_type",
    )
    assert.throws(
      () => run("self.none == ''"),
      (error) => error instanceof CelRuntimeError && error.message === 'no such key: none',
    )
  })

  it('makes sets the same in any order, and adds to them what they do not have', () =>
    holds(
      "self.set == ['c', 'b', 'a'] && self.set != ['a', 'b'] && self.set != ['a', 'b', 'd']",
      "self.set + ['d', 'a'] == ['d', 'c', 'b', 'a'] && size(self.set + ['d', 'a']) == 4",
      "(self.set + ['d', 'a'])[3] == 'd'",
      "['c', 'b', 'a'] != self.set",
      "self.days == [timestamp('2026-01-02T00:00:00Z'), timestamp('2026-01-01T00:00:00Z')]",
      "size(self.days + [timestamp('2026-01-02T01:00:00+01:00')]) == 2",
    ))

  it('makes list maps the same in any order, and adds to them by their keys', () =>
    holds(
      'self.map == [self.map[1], self.map[0]] && self.map != [self.map[0], self.other[0]]',
      'size(self.map + self.other) == 3',
      "(self.map + self.other).map(i, i.v) == ['1', '3', '4']",
      'self.map + self.other == self.other',
    ))

  it('is not the same where it differs in what is not declared', () =>
    holds('self.open[0] == self.open[1] && self.open[1] != self.open[2]'))
})
