import assert from 'node:assert/strict'
import { type Load, workOf } from './work.ts'

const user = { name: 'x', groups: [] }
/** A thousand objects of 4 KB, forty watchers. */
const load: Load = {
  stored: ({ resource, namespace }) => {
    if (resource === 'elsewhere') return undefined
    return namespace === 'empty' ? { objects: 0, bytes: 0 } : { objects: 1_000, bytes: 4_000_000 }
  },
  watchers: ({ resource }) => (resource === 'pods' ? 45 : resource === 'nodes' ? 5_000 : 9),
}

describe('the work of a request', () => {
  const reads: [
    string,
    number,
    { verb?: string; name?: string; resource?: string; namespace?: string }?,
  ][] = [
    ['', 10],
    ['limit=100', 4],
    ['limit=100&labelSelector=a%3Db', 4],
    ['limit=0', 10],
    ['resourceVersion=0&limit=5', 1],
    ['fieldSelector=metadata.name%3Dx', 1, { name: 'x' }],
    ['', 1, { resource: 'elsewhere' }],
    ['', 1, { namespace: 'empty' }],
    ['resourceVersion=7&resourceVersionMatch=Exact', 40],
    ['resourceVersion=7&resourceVersionMatch=NotOlderThan&limit=500', 10],
    ['resourceVersion=7&limit=500', 20],
    ['resourceVersion=7&limit=100&labelSelector=a%3Db', 20],
    ['continue=x&limit=500', 20],
    ['', 1, { verb: 'get', name: 'x' }],
    ['', 10, { verb: 'watch' }],
    ['sendInitialEvents=true&resourceVersion=7', 10, { verb: 'watch' }],
    ['sendInitialEvents=false', 1, { verb: 'watch' }],
    ['resourceVersion=7', 1, { verb: 'watch' }],
  ]
  for (const [query, seats, change = {}] of reads)
    it(`of ${change.verb ?? 'list'} ${Object.values(change).join(' ')}?${query}: ${seats}`, () => {
      const attributes = {
        user,
        verb: 'list',
        group: '',
        resource: 'pods',
        namespace: '',
        name: '',
        ...change,
      }
      assert.equal(workOf(attributes, new URLSearchParams(query), load).seats, seats)
    })

  it('of a write goes on for its watchers after it has been answered', () => {
    const after = (resource: string, verb = 'update', subresource?: string) =>
      workOf(
        { user, verb, group: '', resource, subresource, namespace: 'd', name: 'x' },
        new URLSearchParams(),
        load,
      ).after
    assert.deepEqual(after('pods'), { seats: 5, ms: 5 })
    assert.deepEqual(after('nodes', 'patch', 'status'), { seats: 10, ms: 5 })
    assert.equal(after('secrets'), undefined)
    assert.equal(after('pods', 'create', 'token'), undefined)
    assert.equal(after('pods', 'deletecollection'), undefined)
  })

  it('of a path is one seat', () => {
    const work = workOf({ user, verb: 'get', path: '/metrics' }, new URLSearchParams(), load)
    assert.deepEqual(work, { seats: 1 })
  })
})
