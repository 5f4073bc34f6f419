import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { atEnd, windowOf } from './window.ts'

describe('the window on a long list', () => {
  it('covers all that can be seen, and little more', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.nat(2_000_000),
        fc.integer({ min: 20, max: 2000 }),
        (rows, y, view) => {
          const height = rows * 18
          const scrolled = Math.min(y, Math.max(0, height - view))
          const { first, count, offset } = windowOf(rows, 18, scrolled, view)
          assert.ok(offset <= scrolled)
          assert.ok(offset + count * 18 >= Math.min(height, scrolled + view))
          assert.ok(count <= Math.ceil(view / 18) + 16)
          assert.ok(first >= 0 && first + count <= rows)
        },
      ),
    )
  })

  it('knows when one has come to the end', () => {
    assert.equal(atEnd(800, 200, 1000), true)
    assert.equal(atEnd(700, 200, 1000), false)
  })
})
