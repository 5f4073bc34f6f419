import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { EventParser } from './sse.ts'

const text = [
  ': beat\n\n',
  'id: 12\nevent: list\ndata: {"rows":[]}\n\n',
  'event: rollout\r\ndata: a\r\ndata: b\r\n\r\n',
  'data:no space\n\n',
  'event: nothing\n\n',
].join('')

const expected = [
  { id: '12', type: 'list', data: '{"rows":[]}' },
  { id: '12', type: 'rollout', data: 'a\nb' },
  { id: '12', type: 'message', data: 'no space' },
]

describe('server-sent events', () => {
  it('are read with their ids, types and lines of data', () => {
    assert.deepEqual(new EventParser().push(text), expected)
  })

  it('are the same in whatever pieces they come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const parser = new EventParser()
        const edges = [0, ...cuts.sort((a, b) => a - b), text.length]
        const events = edges.flatMap((edge, n) => parser.push(text.slice(edges[n - 1] ?? 0, edge)))
        assert.deepEqual(events, expected)
      }),
    )
  })

  it('wait for the empty line', () => {
    const parser = new EventParser()
    assert.deepEqual(parser.push('data: half'), [])
    assert.deepEqual(parser.push('\n'), [])
    assert.deepEqual(parser.push('\n'), [{ id: '', type: 'message', data: 'half' }])
  })
})
