import assert from 'node:assert/strict'
import { identity } from './remote-api.ts'

describe('the identity that a front proxy tells', () => {
  const sent = (value: unknown) => Buffer.from(String(value), 'latin1').toString()

  it('is the same in any script', () => {
    const name = 'J\u00fcrgen \u6797 \u{1F600}'
    const headers = identity({ name, groups: [name, 'b'], uid: name, extra: { note: [name] } })
    const [group] = headers['X-Remote-Group'] as string[]
    const [note] = headers['X-Remote-Extra-note'] as string[]
    for (const value of [headers['X-Remote-User'], headers['X-Remote-Uid'], group, note]) {
      assert.equal(sent(value), name)
      assert.doesNotMatch(String(value), /[^\x20-\xff]/, 'nothing that a header cannot hold')
    }
  })

  it('has keys that header names can hold, whatever they are', () => {
    const extra = { 'example.com/Key': ['a'], '\u6797\ud800': ['b'] }
    assert.deepEqual(Object.keys(identity({ name: 'x', groups: [], extra })).slice(2), [
      'X-Remote-Extra-example.com%2fkey',
      'X-Remote-Extra-%e6%9e%97%ef%bf%bd',
    ])
  })
})
