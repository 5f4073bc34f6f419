import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseQuantity } from '../../api/quantity.ts'
import {
  canonicalMicroTime,
  canonicalQuantity,
  canonicalTime,
  formatDuration,
  isDuration,
} from './scalars.ts'

describe('quantities', () => {
  it('take the form in which the API stores them', () => {
    const cases: Record<string, string> = {
      '0': '0',
      '0.0': '0',
      '0Gi': '0',
      '1': '1',
      '0.5': '500m',
      '.5': '500m',
      '1000m': '1',
      '1500m': '1500m',
      '1000': '1k',
      '1024Mi': '1Gi',
      '1536Mi': '1536Mi',
      '1.5Gi': '1536Mi',
      '0.5Gi': '512Mi',
      '0.1Gi': '107374182400m',
      '0.5Ki': '512',
      '0.1Ki': '102400m',
      '1.1Mi': '1153433600m',
      '100000k': '100M',
      '1e3': '1e3',
      '12e4': '120e3',
      '1E3': '1e3',
      '5e-1': '500e-3',
      '-0.5': '-500m',
      '+1': '1',
      '1.0000000001': '1000000001n',
      '99999999999999999999': '9223372036854775807',
    }
    for (const [given, expected] of Object.entries(cases))
      assert.equal(canonicalQuantity(given), expected, given)
  })

  it('refuse what they are not', () => {
    for (const text of ['', 'x', '1x', '1 Gi', '--1', '1.2.3', '1mi', 'Gi', '1e', '9'.repeat(100)])
      assert.equal(canonicalQuantity(text), undefined, text)
  })

  it('are refused at once, however long what is none', () => {
    const digits = '1'.repeat(2_000_000)
    assert.equal(parseQuantity(digits), undefined)
    assert.equal(canonicalQuantity(`${digits}x`), undefined)
    assert.equal(isDuration(`${digits}x`), false)
  })

  it('keep their value, and their form once they have it', () => {
    const quantity = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.nat(10_000_000),
        fc.constantFrom('', '.5', '.25', '.000001'),
        fc.constantFrom('', 'm', 'u', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-2'),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(quantity, (text) => {
        const canonical = canonicalQuantity(text)!
        // A fraction of a Ki may leave plain digits, which say no more that they were counted by 1,024.
        const isDigits = /i$/.test(text) && /^-?\d+$/.test(canonical)
        if (!isDigits) assert.equal(canonicalQuantity(canonical), canonical)
        fc.pre(!text.startsWith('-') && !/i$/.test(text))
        assert.equal(parseQuantity(canonical), parseQuantity(text))
      }),
      { numRuns: 2_000 },
    )
  })

  it('cost nothing by an enormous exponent', () => {
    assert.equal(canonicalQuantity('1e999999999'), '9223372036854775807e0'.slice(0, 19))
    assert.equal(canonicalQuantity('1e-999999999'), '1e-9')
  })
})

describe('times', () => {
  it('are whole seconds in UTC, or have six digits', () => {
    assert.equal(canonicalTime('2026-01-01T00:00:00Z'), '2026-01-01T00:00:00Z')
    assert.equal(canonicalTime('2026-01-01T01:30:00.123456+01:30'), '2026-01-01T00:00:00Z')
    assert.equal(canonicalTime('2025-12-31T23:00:00-01:00'), '2026-01-01T00:00:00Z')
    assert.equal(canonicalMicroTime('2026-01-01T00:00:00Z'), '2026-01-01T00:00:00.000000Z')
    assert.equal(canonicalMicroTime('2026-01-01T00:00:00.1234567Z'), '2026-01-01T00:00:00.123456Z')
  })

  it('are refused where there is no such day or hour', () => {
    for (const text of [
      '',
      'now',
      '2026-01-01',
      '2026-02-30T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:00:60Z',
      '2026-01-01 00:00:00Z',
      '2026-01-01T00:00:00',
    ])
      assert.equal(canonicalTime(text), undefined, text)
  })
})

describe('durations', () => {
  it('read as Go prints them', () => {
    const cases: [bigint, string][] = [
      [0n, '0s'],
      [1n, '1ns'],
      [1_500n, '1.5µs'],
      [2_000_000n, '2ms'],
      [1_500_000_000n, '1.5s'],
      [60_000_000_000n, '1m0s'],
      [3_661_000_000_000n, '1h1m1s'],
      [-3_600_000_000_000n, '-1h0m0s'],
    ]
    for (const [nanoseconds, text] of cases) {
      assert.equal(formatDuration(nanoseconds), text)
      assert.ok(isDuration(text))
    }
    assert.ok(!isDuration('1'))
  })
})
