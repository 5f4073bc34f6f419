import assert from 'node:assert/strict'
import { CelBudgetError, CelCompileError, CelRuntimeError, compile } from './cel.ts'
import { unbounded } from './cost.ts'
import * as t from './types.ts'

const variables = {
  items: t.list(t.sized(t.string, 10), 5),
  grid: t.list(t.list(t.int, 20), 10),
  text: t.sized(t.string, 100),
  free: t.list(t.int),
  self: t.object('Self', [
    ['names', t.list(t.sized(t.string, 10), 3)],
    ['labels', t.map(t.sized(t.string, 8), t.sized(t.string, 20), 4)],
  ]),
}

const bindings = {
  items: ['a', 'b'],
  grid: [[1], [2, 3]],
  text: 'x'.repeat(50),
  free: [1, 2, 3],
  self: { names: ['ab', 'cd'], labels: { k: 'v' } },
}

/** What it may cost at least and at most, and what it does cost. */
const cases: [expression: string, min: number, max: number, actual: number][] = [
  ['1 + 2', 1, 1, 1],
  ['free', 1, 1, 1],
  ['self.names[0]', 3, 3, 3],
  ['has(self.names)', 1, 1, 1],
  ["text == 'abc'", 2, 2, 2],
  ["text + 'abc'", 2, 12, 7],
  ['text.lowerAscii()', 1, 11, 6],
  ["text.contains('0123456789')", 1, 11, 6],
  ["text.matches('^[a-z]*$')", 3, 23, 13],
  ["text.startsWith('0123456789abc')", 3, 3, 6],
  ['1 in free', 1, unbounded, 4],
  ['items.all(i, i.size() > 0)', 2, 32, 14],
  ['items.exists(i, true)', 2, 22, 9],
  ['items.map(i, i)', 12, 77, 28],
  ['grid.all(r, r.all(c, c > 0))', 2, 1052, 27],
  ['true || text.matches("a")', 0, 12, 0],
  ['true ? 1 : 1 + 2', 0, 1, 0],
  ['[1, 2]', 10, 10, 0],
  ['[1, free[0]]', 12, 12, 12],
  ["{'a': 1}", 30, 30, 0],
  ['self.labels.all(k, k == self.labels[k])', 3, 39, 11],
  ["url('https://example.com/')", 2, 2, 2],
  ["quantity('10Mi').isGreaterThan(quantity('1'))", 3, 3, 3],
  ['items.join()', 1, 6, 2],
  ['[1, 2, 3, 4, 5].sum()', 15, 15, 5],
  ["['012345678901', '012345678901'].isSorted()", 16, 16, 2],
  ["url('https:://kubernetes.io/') == url('https:://kubernetes.io/')", 7, 9, 7],
  ["url('https:://kubernetes.io/') == url('http://x.b')", 5, 5, 5],
  ["ip('192.168.0.1') == ip('192.168.0.1')", 5, 5, 5],
  ["ip.isCanonical('2001:db8::abcd')", 3, 3, 3],
  ["cidr('192.168.0.0/16').containsCIDR(cidr('192.0.0.0/30'))", 7, 11, 7],
  ["cidr('192.168.0.0/16').containsCIDR('192.0.0.0/30')", 7, 11, 7],
  ["cidr('192.168.0.0/16').containsIP(ip('192.0.0.1'))", 4, 7, 4],
  ['sets.contains([1, 2], [1])', 23, 23, 3],
  ["text in ['a', 'b']", 13, 13, 1],
  ['text in []', 11, 11, 0],
  ['type(text) == string', 4, 4, 3],
  ["duration('1h') + duration('1m') == duration('61m')", 5, 5, 2],
  ["true ? text : 'x'", 0, 1, 0],
  ['true ? self.names : []', 2, 10, 1],
  ['free[free[0]]', 4, 4, 3],
  ['items.exists_one(i, i == text)', 3, 28, 9],
  ["optional.of('a').or(optional.of('a')).hasValue()", 4, 4, 2],
  ['self.labels.?nope.hasValue()', 4, 4, 3],
]

describe('costs', () => {
  for (const [expression, min, max, actual] of cases)
    it(`of ${expression}`, () => {
      const program = compile(expression, { variables })
      assert.deepEqual(program.estimatedCost(), { min, max }, 'estimated')
      assert.equal(program.run(bindings).cost, actual, 'actual')
    })

  it('go by sizes that are told', () => {
    const program = compile('free.all(i, i > 0)', { variables })
    const sizes = (path: readonly string[]) =>
      path.join('.') === 'free' ? { min: 0, max: 10 } : undefined
    assert.deepEqual(program.estimatedCost(sizes), { min: 2, max: 52 })
  })

  it('end a run when its limit is reached', () => {
    const program = compile('free.all(i, i > 0)', { variables })
    assert.equal(program.run(bindings, { costLimit: 20 }).value, true)
    assert.throws(
      () => program.run(bindings, { costLimit: 10 }),
      (error) =>
        error instanceof CelBudgetError &&
        error.message === 'operation cancelled: actual cost limit exceeded',
    )
  })
})

const many = Array.from({ length: 3000 }, (_, index) => index)
const wild = {
  l: many,
  s: 'a'.repeat(1_000_000),
  d: {
    deep: many.map((index) => ({ index, x: { y: [index] } })),
    wide: Object.fromEntries(many.map((index) => [`k${index}`, index])),
  },
}
const wildTypes = { l: t.list(t.int), s: t.string, d: t.dyn }
const nested = (part: string, depth: number, inner: string) =>
  part.repeat(depth) + inner + ')'.repeat(depth)

const hostile: Record<string, string> = {
  'nested loops': 'l.all(a, l.all(b, l.all(c, a + b + c >= 0)))',
  'many nested loops': nested('l.all(a, ', 200, 'true'),
  'loops of errors': 'l.all(a, l.all(b, d.nope == 1 || true))',
  'growing lists': 'l.map(a, l.map(b, l.map(c, a)))',
  'lists joined in loops': 'l.map(a, l + l).size() > 0',
  'texts replaced by themselves': "s.replace('a', s)",
  'texts that grow': "s.replace('', '0123456789').replace('', '0123456789')",
  'texts doubled': Array.from({ length: 30 }).reduce<string>(
    (inner) => `(${inner}).map(v, v + v)`,
    "['aaaaaaaa']",
  ),
  'texts joined': 'l.map(a, s).join(s).size() > 0',
  'texts split': "l.all(a, s.split('').size() > 0)",
  'texts trimmed': "l.all(a, (s.replace('a', ' ') + 'x').trim().size() > 0)",
  'texts counted': 'l.all(a, s.size() > 0)',
  'texts searched': `l.all(a, s.indexOf('${'a'.repeat(1000)}b') < 0)`,
  'texts formatted': "l.all(a, '%s'.format([d]).size() > 0)",
  'a pattern that explodes elsewhere': "l.all(a, s.matches('(a?){50}a{50}'))",
  'deep comparisons': 'l.all(a, d.deep.map(x, x) == d.deep)',
  'places in lists': 'l.all(a, a in l)',
  'keys listed for nothing': 'd.wide.all(a, d.wide.exists(b, true))',
  'keys counted': 'd.wide.all(a, d.wide.size() > 0)',
  'quantities read': "l.all(a, l.all(b, quantity('1.5Gi').isGreaterThan(quantity('1'))))",
  'addresses read': "l.all(a, l.all(b, ip('2001:db8::1').isGlobalUnicast()))",
  'a long sum': `1${' + 1'.repeat(20_000)}`,
  'many alternatives': `true${' || true'.repeat(9_000)}`,
  'a long list': `[${'1,'.repeat(15_000)}1]`,
  parentheses: `${'('.repeat(40_000)}1${')'.repeat(40_000)}`,
  brackets: `${'['.repeat(50_000)}`,
  negations: `${'!'.repeat(90_000)}true`,
  'a long path': `d${'.a'.repeat(40_000)}`,
  'optionals chained': `optional.of(1)${'.optMap(x, x + 1)'.repeat(200)}`,
  'types that double': `[1]${'.map(a, {a: a})'.repeat(60)}`,
  'types that double in optionals': `optional.of(1)${'.optMap(a, {a: a})'.repeat(60)}`,
  'a deep tree of short levels': Array.from({ length: 100 }).reduce<string>(
    (inner) => `(${inner}${' + 1'.repeat(100)})`,
    '1',
  ),
  'conditions chained': `${'true ? 1 : '.repeat(9_000)}1`,
  'names that are not there': Array.from({ length: 9_000 }, () => 'zz').join(' || '),
  'a source beyond all bounds': 'x'.repeat(5_000_000),
}

describe('hostile expressions', () => {
  /** Several times what they take on an idle machine, and far below what an unbounded one would. */
  const longest = 1500

  for (const [name, expression] of Object.entries(hostile))
    it(`end soon: ${name}`, () => {
      const start = process.cpuUsage()
      try {
        compile(expression, { variables: wildTypes }).run(wild, { costLimit: 10_000_000 })
      } catch (error) {
        const expected =
          error instanceof CelCompileError ||
          error instanceof CelBudgetError ||
          error instanceof CelRuntimeError
        if (!expected) throw error
      }
      const { user } = process.cpuUsage(start)
      assert.ok(user / 1000 < longest, `took ${user / 1000} ms`)
    })
})
