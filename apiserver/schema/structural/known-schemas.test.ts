import assert from 'node:assert/strict'
import { knownStructural } from './known-schemas.ts'

const schema = (description: string) => ({ type: 'object', description })

describe('schemas that were read before', () => {
  it('are shared by whoever declares the same, and by nobody else', () => {
    const one = knownStructural(schema('one'))
    assert.equal(knownStructural(schema('one')), one)
    assert.notEqual(knownStructural(schema('other')), one)
    assert.equal(knownStructural(schema('other')).source.description, 'other')
  })

  it('are forgotten when many others were asked for since', () => {
    const old = knownStructural(schema('old'))
    const used = knownStructural(schema('used'))
    for (let count = 0; count < 63; count++) {
      knownStructural(schema(`between ${count}`))
      assert.equal(knownStructural(schema('used')), used)
    }
    assert.notEqual(knownStructural(schema('old')), old)
  })

  it('are read anew where they are very long', () => {
    const long = schema('x'.repeat(40_000))
    assert.notEqual(knownStructural(long), knownStructural(long))
  })
})
