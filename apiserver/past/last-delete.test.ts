import assert from 'node:assert/strict'
import { Subject } from 'rxjs'
import { drain, VirtualClock } from '../../ports/virtual-clock.ts'
import { CompactedError, StorageUnavailableError, type WatchBatch } from '../storage/storage.ts'
import { type Delete, lastDelete } from './last-delete.ts'

const key = '/a'

function deleted(revision: number): Delete {
  const previous = { key, value: Buffer.alloc(0), created: 1, modified: revision - 1 }
  return { type: 'delete', key, revision, previous }
}

describe('the last deletion of a key', () => {
  let clock: VirtualClock
  let batches: Subject<WatchBatch>
  let answer: () => Promise<number>

  beforeEach(() => {
    clock = new VirtualClock()
    batches = new Subject()
    answer = async () => 99
  })
  afterEach(() => {
    assert.ok(!batches.observed, 'the store is not listened to any more')
    assert.equal(clock.size, 0, 'nothing is left to happen')
  })

  /** Between revision 10 and 20. */
  function look(isMeant: (modified: number) => boolean = () => true) {
    const storage = { watch: () => batches, revision: () => answer() }
    const wish = {
      key,
      from: 10,
      before: 20,
      isMeant: ({ modified }: { modified: number }) => isMeant(modified),
    }
    const found = lastDelete(storage, clock, wish)
    found.catch(() => {})
    return found
  }
  const tell = (revision: number, ...events: Delete[]) => batches.next({ revision, events })

  it('is known as soon as the store says that it has told all', async () => {
    const found = look()
    tell(12, deleted(12))
    tell(15, deleted(15))
    tell(20)
    assert.equal((await found)?.revision, 15)
  })

  it('is none that came later, nor of another that is meant', async () => {
    const found = look((modified) => modified < 15)
    tell(15, deleted(15))
    tell(16, deleted(16))
    tell(21, deleted(21))
    assert.equal((await found)?.revision, 15)
  })

  it('is what was told last by a store that tells no more and answers', async () => {
    const found = look()
    tell(12, deleted(12))
    await clock.advance(500)
    tell(15, deleted(15))
    await clock.advance(1_500)
    assert.equal((await found)?.revision, 15)
  })

  it('is none where such a store tells nothing, after more patience', async () => {
    const found = look()
    await clock.advance(2_500)
    assert.ok(batches.observed)
    await clock.advance(500)
    assert.equal(await found, undefined)
  })

  it('is not what a store has told so far that does not answer', async () => {
    answer = () => new Promise(() => {})
    const found = look()
    tell(12, deleted(12))
    await clock.advance(5_000)
    assert.ok(batches.observed)
    tell(20, deleted(20))
    assert.equal((await found)?.revision, 20)
  })

  it('is not told where a store is too slow to tell all', async () => {
    const found = look()
    for (let at = 0; at < 21; at++) {
      tell(11, deleted(11))
      await clock.advance(500)
    }
    await assert.rejects(found, StorageUnavailableError)
  })

  for (const error of [new CompactedError(10, 12), new StorageUnavailableError('away')])
    it(`is not told where history breaks off: ${error.name}`, async () => {
      const found = look()
      tell(12, deleted(12))
      await drain()
      batches.error(error)
      await assert.rejects(found, error)
    })

  it('is not looked for where history has only begun', async () => {
    const storage = { watch: () => assert.fail('nothing is to be told'), revision: answer }
    const wish = { key, from: 10, before: 10, isMeant: () => true }
    assert.equal(await lastDelete(storage, clock, wish), undefined)
  })
})
