import assert from 'node:assert/strict'
import { type Bindings, CelCompileError, CelRuntimeError, compile } from './cel.ts'
import { toJson } from './json.ts'
import { AuthorizerValue } from './library/authorizer.ts'
import * as t from './types.ts'
import type { Value } from './values.ts'

const variables = {
  x: t.int,
  s: t.string,
  l: t.list(t.int),
  names: t.list(t.string),
  m: t.map(t.string, t.int),
  d: t.dyn,
  self: t.object('Self', [
    ['name', t.string],
    ['size', t.int],
    ['ratio', t.double],
    ['port', t.dyn],
    ['when', t.timestamp],
    ['wait', t.duration],
    ['data', t.bytes],
    ['namespace', t.string],
    ['a-b', t.string],
    ['items', t.list(t.object('Item', [['key', t.string]]))],
    ['labels', t.map(t.string, t.string)],
  ]),
  authorizer: t.opaque('kubernetes.authorization.Authorizer'),
}

const bindings: Bindings = {
  x: 5,
  s: 'héllo',
  l: [3, 1, 2],
  names: ['a', 'b'],
  m: { one: 1, two: 2 },
  d: { n: 1, f: 1.5, deep: { list: [{ v: true }] }, nothing: null },
  self: {
    name: 'web',
    size: 9007199254740991,
    ratio: 2,
    port: 'http',
    when: '2026-01-02T03:04:05.5Z',
    wait: '1h30m',
    data: 'AQI=',
    namespace: 'ns',
    'a-b': 'dash',
    items: [{ key: 'k', hidden: 1 }],
    labels: { 'x/y': 'z' },
    hidden: 'secret',
  },
  authorizer: new AuthorizerValue(({ verb, about, serviceAccount }) => ({
    allowed: verb === 'get' && !serviceAccount,
    reason: 'path' in about ? about.path : `${about.group}/${about.resource}/${about.name}`,
  })),
}

function run(expression: string): Value {
  return compile(expression, { variables }).run(bindings).value
}

/** What each must be true of. */
function holds(...expressions: string[]): void {
  for (const expression of expressions) assert.equal(run(expression), true, expression)
}

function fails(cases: Record<string, string>): void {
  for (const [expression, message] of Object.entries(cases))
    assert.throws(
      () => run(expression),
      (error) => error instanceof CelRuntimeError && error.message === message,
      `${expression}: ${message}`,
    )
}

const refusal = (expression: string): string => {
  try {
    compile(expression, { variables })
  } catch (error) {
    if (error instanceof CelCompileError) return error.message
    throw error
  }
  return ''
}

describe('expressions', () => {
  it('calculate with integers of 64 bits and no more', () => {
    holds(
      '1 + 2 * 3 == 7 && (1 + 2) * 3 == 9',
      '7 / 2 == 3 && -7 / 2 == -3 && -7 % 3 == -1',
      '9223372036854775807 - 1 == 9223372036854775806',
      '-9223372036854775808 < 0',
      '0x10 == 16 && 10u + 5u == 15u',
      'self.size == 9007199254740991',
      '1 < 1.5 && 2u > 1 && 1 == int(1.9)',
      '1.5 + 1.5 == 3.0 && 1e3 == 1000.0 && 5.0 / 2.0 == 2.5',
      "int('-12') == -12 && double('1.5') == 1.5 && uint(3) == 3u",
      'dyn(1) == dyn(1.0) && dyn(1u) == dyn(1)',
    )
    fails({
      '9223372036854775807 + x': 'integer overflow',
      '-(-9223372036854775807 - 1)': 'integer overflow',
      '1u - 2u': 'unsigned integer overflow',
      'x / 0': 'division by zero',
      'x % 0': 'modulus by zero',
      'int(1e30 + 1.0)': 'integer overflow',
      "int('x' + '')": 'strconv.ParseInt: parsing "x": invalid syntax',
    })
  })

  it('read texts and bytes as they are written', () => {
    holds(
      `"a\\n\\t\\x41\\u00e9\\U0001F600\\101" == 'a\\n\\tAé😀A'`,
      `r'\\n'.size() == 2 && '''a'b''' == "a'b" && """x\ny""".size() == 3`,
      `b'\\xff\\x00' == b"\\377\\000" && b'é'.size() == 2`,
      `bytes('é') == b'é' && string(b'\\303\\251') == 'é'`,
      `'a' < 'b' && 'a' < 'aa' && '\\uffff' < '😀'`,
      "'foo' + 'bar' == 'foobar' && 'x' in ['x'] && !('y' in {'x': 1})",
    )
    fails({ "string(b'\\xff' + b'')": 'invalid UTF-8 in bytes, cannot convert to string' })
  })

  it('decide by either side of && and ||, whatever becomes of the other', () => {
    holds(
      'true || 1 / 0 > 0',
      '1 / 0 > 0 || true',
      '!(false && 1 / 0 > 0) && !(1 / 0 > 0 && false)',
      'x > 0 ? true : 1 / 0 > 0',
      'l.exists(i, i == 2 || 1 / 0 > 0)',
      '!l.all(i, i != 2 && 1 / (i - 3) < 9)',
    )
    fails({ 'false || 1 / 0 > 0': 'division by zero', 'l.all(i, 1 / 0 > 0)': 'division by zero' })
  })

  it('read JSON by the declared types, and nothing that is not declared', () => {
    holds(
      "self.name == 'web' && self.ratio == 2.0 && self.port == 'http'",
      'self.when.getHours() == 3 && self.wait.getMinutes() == 90 && self.data == b"\\x01\\x02"',
      "self.__namespace__ == 'ns' && self.a__dash__b == 'dash'",
      "self.items[0].key == 'k' && self.labels['x/y'] == 'z'",
      'd.n == 1 && d.f == 1.5 && d.deep.list[0].v && d.nothing == null',
      'has(self.name) && has(d.deep.list) && !has(d.other) && !has(self.labels.q)',
      'type(d.n) == int && type(d.f) == double && type(d) == map && type(self.when) == google.protobuf.Timestamp',
    )
    assert.match(refusal('self.hidden'), /undefined field 'hidden'/)
    assert.match(refusal('self.items[0].hidden'), /undefined field 'hidden'/)
    assert.match(refusal('self.namespace'), /undefined field 'namespace'/)
    fails({
      'd.other': 'no such key: other',
      "m['three']": 'no such key: three',
      'l[3]': 'index out of bounds: 3',
      'd.n.x': 'no such overload',
      'd.n + "a"': 'no such overload',
    })
  })

  it('loop by macros, with one variable and with two', () => {
    holds(
      'l.all(i, i > 0) && l.exists(i, i == 3) && l.exists_one(i, i > 2) && !l.existsOne(i, i > 1)',
      'l.map(i, i * 2) == [6, 2, 4] && l.map(i, i > 1, i) == [3, 2] && l.filter(i, i < 3) == [1, 2]',
      "m.all(k, k.size() == 3) && m.map(k, m[k]).sum() == 3 && m.exists(k, v, k == 'two' && v == 2)",
      'l.all(i, v, l[i] == v) && l.transformList(i, v, i + v) == [3, 2, 4]',
      "m.transformMap(k, v, v + 1) == {'one': 2, 'two': 3}",
      "m.transformMap(k, v, k == 'one', v) == {'one': 1}",
      "m.transformMapEntry(k, v, {v: k}) == {1: 'one', 2: 'two'}",
      'l.transformList(i, v, v > 1, v) == [3, 2] && l.existsOne(i, v, v == i)  == false',
      '[[1, 2], [3]].map(r, r.map(c, c + x)) == [[6, 7], [8]]',
    )
    assert.match(refusal('l.all(1, true)'), /:7: argument must be a simple name/)
    assert.match(refusal('has(x)'), /invalid argument to has\(\) macro/)
    assert.match(
      refusal('x.all(i, true)'),
      /expression of type 'int' cannot be range of a comprehension \(must be list, map, or dynamic\)/,
    )
  })

  it('know values that may not be there', () => {
    holds(
      'd.?deep.?list.hasValue() && d.?other.?list.orValue([]).size() == 0',
      'optional.of(1).value() == 1 && !optional.none().hasValue()',
      "m[?'one'].orValue(9) == 1 && m[?'three'].or(optional.of(9)).value() == 9",
      "m[?'one'].orValue(1 / 0) == 1 && m[?'one'].or(optional.of(1 / 0)).value() == 1",
      'l[?7].hasValue() == false && [?l[?0], ?l[?9]] == [3]',
      "{'a': 1, ?'b': m[?'three']} == {'a': 1}",
      "m[?'one'].optMap(v, v + x).value() == 6 && m[?'q'].optMap(v, v + 1) == optional.none()",
      "m[?'one'].optFlatMap(v, m[?'two']).value() == 2",
      "optional.ofNonZeroValue('') == optional.none()",
    )
    fails({ 'optional.none().value()': 'optional.none() dereference' })
  })
})

describe('what is wrong with expressions', () => {
  it('is told with line, place and a caret', () => {
    assert.equal(
      refusal('x +\n  y'),
      "compilation failed: ERROR: <input>:2:3: undeclared reference to 'y' (in container '')\n |   y\n | ..^",
    )
    assert.equal(
      refusal("s + x == 'é' + 1"),
      "compilation failed: ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(string, int)'\n | s + x == 'é' + 1\n | ..^\nERROR: <input>:1:14: found no matching overload for '_+_' applied to '(string, int)'\n | s + x == 'é' + 1\n | .............^",
    )
  })

  const cases: Record<string, string> = {
    "duration('soon')": ':10: invalid duration argument',
    "timestamp('yesterday') > timestamp('2026-01-01T00:00:00Z')": ':11: invalid timestamp argument',
    "s.matches('(')": ':11: invalid matches argument',
    "matches(s, '(')": ':12: invalid matches argument',
    "s.find(')') == ''": 'program instantiation failed: error parsing regexp: unexpected ): `)`',
    "x == int('x')": 'program instantiation failed: strconv.ParseInt: parsing "x": invalid syntax',
    'false ? int(1e30) : 1': 'program instantiation failed: integer overflow',
    "s.findAll(')', 1) == []":
      'program instantiation failed: error parsing regexp: unexpected ): `)`',
    'nope(1)': "undeclared reference to 'nope' (in container '')",
    's.nope()': "undeclared reference to 'nope' (in container '')",
    's.size(1)': "found no matching overload for 'size' applied to 'string.(int)'",
    'size(x)': "found no matching overload for 'size' applied to '(int)'",
    "x == 'a'": "found no matching overload for '_==_' applied to '(int, string)'",
    'x ? 1 : 2': "found no matching overload for '_?_:_' applied to '(int, int, int)'",
    'x.y': "type 'int' does not support field selection",
    "[1, 'a']": "expected type 'int' but found 'string'",
    "{'a': 1, 'b': true}": "expected type 'int' but found 'bool'",
    'l.map(i, s + i)': "found no matching overload for '_+_' applied to '(string, int)'",
    'names.sum()': "found no matching overload for 'sum' applied to 'list(string).()'",
    'Object{}': "undeclared reference to 'Object' (in container '')",
    if: 'reserved identifier: if',
    '1 +': 'Syntax error: mismatched input',
    '(1': "Syntax error: mismatched input '<EOF>' expecting ')'",
    '1 2': "Syntax error: extraneous input '2' expecting <EOF>",
    'x #': "Syntax error: token recognition error at: '#'",
    '9223372036854775808': 'invalid int literal',
    "'abc": 'Syntax error: token recognition error',
  }
  for (const [expression, message] of Object.entries(cases))
    it(`is found in ${expression}`, () => assert.ok(refusal(expression).includes(message)))
})

describe('libraries', () => {
  it('of texts', () => {
    holds(
      "s.size() == 5 && s.charAt(1) == 'é' && s.charAt(5) == ''",
      "s.substring(1) == 'éllo' && s.substring(0, 2) == 'hé'",
      "s.indexOf('l') == 2 && s.indexOf('l', 3) == 3 && s.indexOf('z') == -1 && s.lastIndexOf('l') == 3",
      "'HeLLo'.lowerAscii() == 'hello' && 'aé'.upperAscii() == 'Aé' && ' \\t x '.trim() == 'x'",
      "'hello'.replace('l', 'L') == 'heLLo' && 'hello'.replace('l', 'L', 1) == 'heLlo' && 'ab'.replace('', '-') == '-a-b-'",
      "'a,b,c'.split(',') == ['a', 'b', 'c'] && 'a,b,c'.split(',', 2) == ['a', 'b,c'] && 'ab'.split('') == ['a', 'b'] && 'a'.split(',', 0) == []",
      "names.join() == 'ab' && names.join('-') == 'a-b'",
      "s.contains('ll') && s.startsWith('hé') && s.endsWith('lo')",
      "'%s is %d, %.2f, %x %X %o %b %e %%'.format([dyn('a'), dyn(7), dyn(1234.5), dyn(255), dyn(255), dyn(8), dyn(5), dyn(1200.0)]) == 'a is 7, 1,234.50, ff FF 10 101 1.200000\u202f×\u202f10⁰³ %'",
      "'%s'.format([[1, 2]]) == '[1, 2]' && '%s'.format([{'b': 1, 'a': 2}]) == '{\"a\":2, \"b\":1}'",
      "'%s'.format([[dyn('a'), dyn(1.5), dyn(duration('1s'))]]) == '[\"a\", 1.500000, duration(\"1s\")]'",
      "string(1000000.0) == '1e+06' && string(123456.5) == '123456.5' && '%s'.format([0.00001]) == '1e-05'",
      `strings.quote('a"\\n') == '"a\\\\"\\\\n"'`,
    )
    fails({
      's.charAt(6)': 'index out of range: 6',
      's.substring(3, 1)': 'invalid substring range. start: 3, end: 1',
      "'%d'.format(['a'])":
        'error during formatting: decimal clause can only be used on integers, was given string',
      "'%s %s'.format(['a'])": 'index 1 out of range',
    })
  })

  it('of patterns', () => {
    holds(
      "s.matches('^h.*o$') && matches('abc', 'b') && !s.matches('^x')",
      "'abc 123'.find('[0-9]+') == '123' && 'abc'.find('[0-9]') == ''",
      "'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'a1b22'.findAll('[0-9]+', 1) == ['1']",
    )
    assert.throws(() => run("s.matches('(' + '(')"), CelRuntimeError)
  })

  it('of lists and sets', () => {
    holds(
      '!l.isSorted() && [1, 2, 2].isSorted() && l.sum() == 6 && l.min() == 1 && l.max() == 3',
      "[1.5, 2.5].sum() == 4.0 && [duration('1s'), duration('2s')].sum() == duration('3s')",
      'l.indexOf(1) == 1 && l.indexOf(9) == -1 && [1, 2, 1].lastIndexOf(1) == 2',
      'sets.contains(l, [1, 3]) && !sets.contains(l, [4]) && sets.intersects(l, [2, 9]) && sets.equivalent(l, [1, 2, 3, 3])',
      'l + [4] == [3, 1, 2, 4] && 2 in l && !(9 in l)',
    )
    fails({ 'l.filter(i, false).min()': 'min called on empty list' })
  })

  it('of times', () => {
    const at = "timestamp('2026-03-04T05:06:07.008Z')"
    holds(
      `${at}.getFullYear() == 2026 && ${at}.getMonth() == 2 && ${at}.getDate() == 4 && ${at}.getDayOfMonth() == 3`,
      `${at}.getDayOfWeek() == 3 && ${at}.getDayOfYear() == 62 && ${at}.getMilliseconds() == 8`,
      `${at}.getHours('Europe/Zurich') == 6 && ${at}.getHours('-05:30') == 23`,
      `${at} + duration('1h') > ${at} && ${at} - ${at} == duration('0s')`,
      "duration('90m') == duration('1h30m') && string(duration('1h')) == '3600s' && duration('1.5s').getMilliseconds() == 1500",
      `string(${at}) == '2026-03-04T05:06:07.008Z' && int(timestamp('1970-01-01T00:01:00Z')) == 60`,
      "timestamp('2026-01-01T02:00:00+02:00') == timestamp('2026-01-01T00:00:00Z')",
      "string(timestamp('2026-01-01T02:00:00-05:30') + duration('1h')) == '2026-01-01T03:00:00-05:30'",
      "optional.ofNonZeroValue(timestamp('0001-01-01T00:00:00Z')) == optional.none()",
    )
    assert.throws(() => run('timestamp(s)'), CelRuntimeError)
    assert.throws(() => run('duration(s)'), CelRuntimeError)
  })

  it('of URLs and addresses', () => {
    const url = "url('https://user@example.com:8080/a%20b/c?x=1&x=2&y=z%20')"
    holds(
      `${url}.getScheme() == 'https' && ${url}.getHost() == 'example.com:8080' && ${url}.getHostname() == 'example.com' && ${url}.getPort() == '8080'`,
      `${url}.getEscapedPath() == '/a%20b/c' && ${url}.getQuery() == {'x': ['1', '2'], 'y': ['z ']}`,
      "url('https://a/b?x=1#there').getQuery() == {'x': ['1']} && url('/a#b').getEscapedPath() == '/a'",
      "isURL('/path') && isURL('http://[::1]:80/') && !isURL('example.com') && !isURL('')",
      "ip('10.1.2.3').family() == 4 && ip('::1').isLoopback() && ip('fe80::1').isLinkLocalUnicast() && ip('8.8.8.8').isGlobalUnicast()",
      "isIP('1.2.3.4') && !isIP('1.2.3') && !isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0')",
      "ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1') && string(ip('2001:db8:0:0:0:0:0:1')) == '2001:db8::1'",
      "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsIP(ip('10.1.2.3')) && !cidr('10.0.0.0/8').containsIP('11.0.0.1')",
      "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
      "cidr('192.168.1.7/24').masked() == cidr('192.168.1.0/24') && cidr('::1/128').prefixLength() == 128 && cidr('10.0.0.1/8').ip() == ip('10.0.0.1')",
      "!isCIDR('10.0.0.0') && !isCIDR('10.0.0.0/33') && isCIDR('::/0')",
    )
    assert.throws(() => run("ip('nowhere')"), /"nowhere" parse error during conversion from string/)
    assert.throws(() => run("cidr('10.0.0.0/x')"), /bad bits after slash: "x"$/)
  })

  it('of quantities and versions', () => {
    holds(
      "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1000m') == quantity('1') && quantity('50k').compareTo(quantity('5k')) == 1",
      "quantity('1').add(quantity('500m')) == quantity('1.5') && quantity('5').sub(2).asInteger() == 3 && quantity('-1').sign() == -1 && sign(quantity('2')) == 1",
      "isQuantity('1.5Gi') && !isQuantity('1,5') && !isQuantity(' 1') && !quantity('100m').isInteger() && quantity('500m').asApproximateFloat() == 0.5",
      "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').compareTo(semver('1.0.0')) == -1 && semver('v1.2', true) == semver('1.2.0')",
      "isSemver('1.0.0') && !isSemver('v1.0.0') && isSemver('01.02.03', true) && semver('1.2.3').minor() == 2",
    )
    fails({
      "quantity('100m').asInteger()": 'cannot convert value to integer',
      "quantity('10Mm')": "unable to parse quantity's suffix",
      "semver('v1.0')": 'No Major.Minor.Patch elements found',
    })
  })

  it('of names, keys and access', () => {
    holds(
      "!format.dns1123Label().validate('my-name').hasValue() && format.dns1123Label().validate('My').value().size() == 1",
      "format.named('uuid').value().validate('x').value() == ['does not match the UUID format'] && !format.named('nope').hasValue()",
      "!format.date().validate('2026-01-31').hasValue() && format.byte().validate('a').hasValue()",
      "jsonpatch.escapeKey('a/b~c') == 'a~1b~0c'",
      "authorizer.path('/healthz').check('get').allowed() && !authorizer.path('/x').check('post').allowed()",
      "authorizer.group('apps').resource('deployments').namespace('ns').name('web').check('get').reason() == 'apps/deployments/web'",
      "!authorizer.serviceAccount('ns', 'sa').group('').resource('pods').check('get').allowed()",
    )
    fails({
      "authorizer.path(' ')": 'path must not be empty',
      "authorizer.serviceAccount('ns', 'NO')": 'Invalid service account name',
    })
  })
})

describe('values as JSON', () => {
  it('are what an API stores', () => {
    assert.deepEqual(
      toJson(run("[dyn(1), dyn(1.5), dyn('a'), dyn(null), dyn({'k': b'\\x01'}), dyn(d.deep)]")),
      [1, 1.5, 'a', null, { k: 'AQ==' }, { list: [{ v: true }] }],
    )
    assert.equal(JSON.stringify(toJson(run('9223372036854775807'))), '9223372036854775807')
    assert.throws(() => toJson(run("url('/a')")), /cannot be written as JSON/)
  })

  it('end soon where values hold each other many times', () => {
    const doubled = run(`[1]${'.map(a, [a, a])'.repeat(60)}`)
    assert.throws(() => toJson(doubled), /more than 1000000 values cannot be written as JSON/)
  })
})
