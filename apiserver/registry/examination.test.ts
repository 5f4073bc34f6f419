import assert from 'node:assert/strict'
import { invalid } from '../resources/field-errors.ts'
import { examined } from './examination.ts'

describe('an examination', () => {
  it('gives others a turn where it may', async () => {
    const order: string[] = []
    function* pieces() {
      order.push('first')
      yield invalid('a', 1, 'bad')
      setImmediate(() => order.push('other'))
      yield
      order.push('second')
      yield invalid('b', 2, 'worse')
    }
    const errors = await examined(pieces())
    assert.deepEqual(
      errors.map(({ field }) => field),
      ['a', 'b'],
    )
    assert.deepEqual(order, ['first', 'other', 'second'])
  })

  it('of what is not examined finds nothing', async () =>
    assert.deepEqual(await examined(undefined), []))
})
