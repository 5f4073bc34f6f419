import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseQuantity } from '../../api/quantity.ts'
import { canonicalizeResources, canonicalQuantity } from './canonical-quantity.ts'

describe('canonical quantities', () => {
  const cases: [string | number, string][] = [
    ['0', '0'],
    ['0Mi', '0'],
    [2, '2'],
    [0.5, '500m'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['512Ki', '512Ki'],
    ['0.5Ki', '512'],
    ['1023', '1023'],
    ['128974848', '128974848'],
    ['129e6', '129e6'],
    ['1e3', '1e3'],
    ['5e0', '5'],
    ['129M', '129M'],
    ['-1.5', '-1500m'],
    ['1n', '1n'],
  ]
  for (const [given, form] of cases)
    it(`${JSON.stringify(given)} is stored as ${form}`, () =>
      assert.equal(canonicalQuantity(given), form))

  it('what is no quantity stays for validation to refuse', () => {
    assert.equal(canonicalQuantity('much'), 'much')
    assert.equal(canonicalQuantity(undefined), undefined)
  })

  it('keeps the amount to a whole unit, and its own form', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-2')
    const text = fc
      .tuple(fc.integer({ min: -9999, max: 999_999 }), fc.nat(999), suffix)
      .map(([whole, fraction, unit]) => `${whole}.${fraction}${unit}`)
    fc.assert(
      fc.property(text, (given) => {
        const form = canonicalQuantity(given)
        const lost = (parseQuantity(form) ?? 0n) - (parseQuantity(given) ?? 0n)
        assert.ok(lost > -1_000_000_000n && lost < 1_000_000_000n, `${given} became ${form}`)
        assert.equal(canonicalQuantity(form), form)
      }),
    )
  })

  it('amounts of resources are rounded up to thousandths', () => {
    const amounts = { cpu: '100u', memory: '1.0001', pods: '-1500u' }
    canonicalizeResources(amounts)
    assert.deepEqual(amounts, { cpu: '1m', memory: '1001m', pods: '-1m' })
  })
})
