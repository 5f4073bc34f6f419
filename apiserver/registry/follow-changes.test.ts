import assert from 'node:assert/strict'
import { Subject } from 'rxjs'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import type { CachedObject, CacheEvent } from '../watch/cached-object.ts'
import { followChanges } from './follow-changes.ts'
import { noObjects } from './testing/no-objects.ts'

describe('following what decisions are made by', () => {
  it('begins again from nothing when the stream breaks, until it is ended', async () => {
    const clock = new VirtualClock()
    const streams: Subject<CacheEvent>[] = []
    const lister = {
      ...noObjects,
      changes: () => {
        const stream = new Subject<CacheEvent>()
        streams.push(stream)
        return stream
      },
    }
    const reported: unknown[] = []
    const known = new Set<string>()
    const end = followChanges(
      { lister, clock, report: (error) => reported.push(error) },
      'roles.rbac.authorization.k8s.io',
      {
        reset: () => known.clear(),
        changed: ({ name }) => known.add(name),
        gone: ({ name }) => known.delete(name),
      },
    )
    const tell = (type: 'ADDED' | 'DELETED', name: string) =>
      streams.at(-1)?.next({ type, object: { name } as CachedObject })
    tell('ADDED', 'a')
    tell('ADDED', 'b')
    tell('DELETED', 'a')
    assert.deepEqual([...known], ['b'])
    streams[0]?.error(new Error('broken'))
    assert.equal(reported.length, 1)
    await clock.advance(100)
    assert.equal(streams.length, 2)
    assert.deepEqual([...known], [])
    tell('ADDED', 'c')
    assert.deepEqual([...known], ['c'])
    end()
    tell('ADDED', 'd')
    assert.deepEqual([...known], ['c'])
    await clock.advance(1000)
    assert.equal(streams.length, 2)
  })
})
