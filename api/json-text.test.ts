import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  cloneJson,
  JsonError,
  maximumValues,
  parseJson,
  plainNumbers,
  rawNumber,
} from './json-text.ts'

const parse = (text: string) => parseJson(Buffer.from(text))
const fails = (text: string) => {
  try {
    parse(text)
  } catch (error) {
    assert.ok(error instanceof JsonError, String(error))
    return error.message
  }
  return undefined
}

describe('JSON text', () => {
  it('reads what JSON.parse reads, both ways', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        assert.equal(JSON.stringify(plainNumbers(parse(text).value)), text)
        // An escaped surrogate sends the text the slow way.
        const slow = `[${text},"\\ud83d\\ude00",1.5]`
        assert.equal(
          JSON.stringify(plainNumbers(parse(slow).value)),
          JSON.stringify(JSON.parse(slow)),
        )
      }),
    )
  })

  it('refuses what JSON.parse refuses, in words', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.nat(60),
        fc.constantFrom('', '"', '{', ']', ',', '\\', 'x', '\u0001'),
        (value, at, mark) => {
          const whole = JSON.stringify(value)
          const text = whole.slice(0, at) + mark + whole.slice(at + 1)
          let good = true
          try {
            JSON.parse(text)
          } catch {
            good = false
          }
          assert.equal(fails(text) === undefined, good, text)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('says what is wrong as the API does', () => {
    assert.equal(fails(''), 'unexpected end of JSON input')
    assert.equal(fails('{"a":1'), 'unexpected end of JSON input')
    assert.equal(
      fails('{"a":1,}'),
      "invalid character '}' looking for beginning of object key string",
    )
    assert.equal(fails('{"a" 1}'), "invalid character '1' after object key")
    assert.equal(fails('{"a":1 "b"}'), `invalid character '"' after object key:value pair`)
    assert.equal(fails('[1 2]'), "invalid character '2' after array element")
    assert.equal(fails('tru!'), "invalid character '!' in literal true (expecting 'e')")
    assert.equal(fails('{} x'), "invalid character 'x' after top-level value")
    assert.equal(fails('x'), "invalid character 'x' looking for beginning of value")
  })

  it('names every key of an object in which one stands twice', () => {
    const { value, repeats } = parse('{"a":{"x":1,"y":2,"x":3},"b":[{"z":1}]}')
    assert.deepEqual(value, { a: { x: 3, y: 2 }, b: [{ z: 1 }] })
    assert.deepEqual([...repeats!.entries()], [[(value as { a: object }).a, ['x', 'y', 'x']]])
  })

  it('sees keys that are the same only after unescaping', () => {
    assert.equal(parse('{"a":1,"\\u0061":2}').repeats?.size, 1)
    assert.equal(parse('{"a":":","b":"{\\":"}').repeats, undefined)
  })

  it('keeps an int64 digit for digit', () => {
    const text = '{"a":9223372036854775807,"b":-9223372036854775808,"c":12345678901234567890123}'
    const value = plainNumbers(parse(text).value)
    assert.equal(
      JSON.stringify(cloneJson(value)),
      '{"a":9223372036854775807,"b":-9223372036854775808,"c":1.2345678901234568e+22}',
    )
    assert.throws(() => plainNumbers(parse('1e400').value), JsonError)
  })

  it('refuses depth and breadth before it costs anything', () => {
    assert.equal(fails('['.repeat(513)), 'exceeded max depth')
    assert.equal(fails(`${'['.repeat(512)}${']'.repeat(512)}`), undefined)
    assert.equal(fails('{"k1":'.repeat(500_000)), 'exceeded max depth')
    assert.match(fails(`[${'0,'.repeat(maximumValues)}0]`)!, /values/)
  })

  it('refuses invalid UTF-8 and mends lone surrogates', () => {
    assert.throws(() => parseJson(Buffer.from([0x22, 0xff, 0x22])), JsonError)
    assert.equal(parse('"\\ud800"').value, '\ufffd')
  })

  it('makes own properties of dangerous names', () => {
    for (const text of ['{"__proto__":{"polluted":1}}', '{"__proto__":{"polluted":1.5}}']) {
      const value = cloneJson(parse(text).value) as object
      assert.equal(Object.getPrototypeOf(value), Object.prototype)
      assert.deepEqual(Object.keys(value), ['__proto__'])
      assert.equal(({} as { polluted?: number }).polluted, undefined)
    }
  })

  it('reckons with numbers that no double holds as with the nearest, and writes them as they are', () => {
    const number = rawNumber('-9223372036854775808') as unknown as number
    assert.ok(number < 0)
    assert.equal(number + 0, -(2 ** 63))
    assert.equal(`${number}`, '-9223372036854775808')
    assert.equal(JSON.stringify({ number }), '{"number":-9223372036854775808}')
  })
})
