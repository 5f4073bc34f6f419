import assert from 'node:assert/strict'
import fc from 'fast-check'
import { compare, firstAfterIn } from './ordered.ts'

describe('a list in order', () => {
  it('is entered at the first number greater than another, as counting from its beginning finds it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30)), fc.integer({ min: -1, max: 31 }), (numbers, value) => {
        const list = numbers.sort(compare)
        const counted = list.filter((number) => number <= value).length
        assert.equal(firstAfterIn(list, value), counted)
      }),
    )
  })
})
