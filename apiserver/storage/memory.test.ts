import assert from 'node:assert/strict'
import { MemoryStorage } from './memory.ts'
import { storageCases } from './storage.cases.ts'
import { CompactedError } from './storage.ts'

const bytes = (text: string) => Buffer.from(text)

describe('the store in memory', () => {
  describe('does what every store does', () => {
    storageCases({ open: async () => new MemoryStorage(), runs: 300 })
  })

  describe('from a snapshot', () => {
    const begun = async () => {
      const first = new MemoryStorage()
      await first.write({ key: '/b', value: bytes('b'), expect: 0 })
      await first.write({ key: '/a', value: bytes('a'), expect: 0 })
      return first
    }

    it('has its entries and goes on counting', async () => {
      const first = await begun()
      const other = new MemoryStorage(first.snapshot())
      assert.deepEqual(await other.range('/'), await first.range('/'))
      const written = await other.write({ key: '/c', value: bytes('c'), expect: 0 })
      assert.equal(written.revision, (await first.revision()) + 1)
    })

    it('shares nothing that is written later, in either direction', async () => {
      const first = await begun()
      const snapshot = first.snapshot()
      const other = new MemoryStorage(snapshot)
      await other.write({ key: '/only-there', value: bytes('x'), expect: 0 })
      await first.write({ key: '/only-here', value: bytes('x'), expect: 0 })
      const keysOf = async (storage: MemoryStorage) =>
        (await storage.range('/')).entries.map(({ key }) => key)
      assert.deepEqual(await keysOf(first), ['/a', '/b', '/only-here'])
      assert.deepEqual(await keysOf(other), ['/a', '/b', '/only-there'])
      assert.deepEqual(await keysOf(new MemoryStorage(snapshot)), ['/a', '/b'])
    })

    it('knows nothing from before', async () => {
      const snapshot = (await begun()).snapshot()
      const other = new MemoryStorage(snapshot)
      await assert.rejects(other.range('/', { revision: snapshot.revision - 1 }), CompactedError)
      assert.equal((await other.range('/', { revision: snapshot.revision })).entries.length, 2)
    })
  })

  it('tells watchers of a write before the write returns', () => {
    const storage = new MemoryStorage()
    const told: number[] = []
    storage.watch('/', 1).subscribe(({ revision }) => told.push(revision))
    void storage.write({ key: '/a', value: bytes('a'), expect: 0 })
    assert.deepEqual(told, [2])
  })

  it('tells every watcher in order, also of what a watcher writes when it hears of a write', () => {
    const storage = new MemoryStorage()
    const told: number[] = []
    storage.watch('/', 1).subscribe(({ revision }) => {
      if (revision === 2) void storage.write({ key: '/b', value: bytes('b'), expect: 0 })
    })
    storage.watch('/', 1).subscribe(({ revision }) => told.push(revision))
    void storage.write({ key: '/a', value: bytes('a'), expect: 0 })
    assert.deepEqual(told, [2, 3])
  })
})
