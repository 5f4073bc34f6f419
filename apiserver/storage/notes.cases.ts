/** What every store does with notes; part of `storage.cases.ts`. */

import assert from 'node:assert/strict'
import { firstValueFrom } from 'rxjs'
import { filter, scan } from 'rxjs/operators'
import {
  CompactedError,
  FutureRevisionError,
  type Revision,
  type Storage,
  type StorageEvent,
} from './storage.ts'

const bytes = (text: string) => Buffer.from(text)

/** Puts, or deletes without a text; leaves a note unless there is none. */
async function write(
  storage: Storage,
  key: string,
  text: string | undefined,
  expect: Revision,
  note?: string,
): Promise<Revision> {
  const value = text === undefined ? undefined : bytes(text)
  const result = await storage.write({ key, value, expect, ...(note && { note: bytes(note) }) })
  assert.ok(result.ok, `${key} was not written`)
  return result.revision
}

const noteOf = async (storage: Storage, key: string, revision: Revision) =>
  (await storage.note(key, revision))?.toString()

/** `revision key note` of each event, until that revision has been reached. */
async function toldUntil(
  storage: Storage,
  prefix: string,
  after: Revision,
  until: Revision,
  notes: boolean,
): Promise<string[]> {
  const told = await firstValueFrom(
    storage.watch(prefix, after, { notes }).pipe(
      scan((told: string[], { events }) => [...told, ...events.map(textOf)], []),
      filter((told) => Number(told.at(-1)?.split(' ')[0]) >= until),
    ),
  )
  return told
}

function textOf(event: StorageEvent): string {
  const [revision, key] =
    event.type === 'put' ? [event.entry.modified, event.entry.key] : [event.revision, event.key]
  return [revision, key, event.note?.toString() ?? '-'].join(' ')
}

/** @param store the one of the test that runs. */
export function noteCases(store: () => Storage): void {
  it('keeps the note of a create, an update and a delete, and none of a write without', async () => {
    const storage = store()
    const one = await write(storage, '/n/a', 'one', 0, 'created')
    const two = await write(storage, '/n/a', 'two', one)
    const three = await write(storage, '/n/a', 'three', two, 'updated')
    const beside = await write(storage, '/n/b', 'b', 0)
    const gone = await write(storage, '/n/a', undefined, three, 'deleted')
    const bare = await write(storage, '/n/b', undefined, beside)
    assert.equal(await noteOf(storage, '/n/a', one), 'created')
    assert.equal(await noteOf(storage, '/n/a', two), undefined)
    assert.equal(await noteOf(storage, '/n/a', three), 'updated')
    assert.equal(await noteOf(storage, '/n/a', gone), 'deleted')
    assert.equal(await noteOf(storage, '/n/b', beside), undefined)
    assert.equal(await noteOf(storage, '/n/b', bare), undefined)
  })

  it('has no note of one key where the revision is of another', async () => {
    const storage = store()
    const a = await write(storage, '/n/a', 'a', 0, 'of a')
    const gone = await write(storage, '/n/a', undefined, a, 'of a')
    for (const revision of [a, gone])
      for (const key of ['/n/b', '/n/', '/n/a/b', '/n'])
        assert.equal(await noteOf(storage, key, revision), undefined)
  })

  it('keeps no note of a write that was refused', async () => {
    const storage = store()
    const one = await write(storage, '/n/a', 'one', 0, 'first')
    const refused = { key: '/n/a', value: bytes('two'), expect: 0, note: bytes('refused') }
    assert.equal((await storage.write(refused)).ok, false)
    assert.equal(await storage.revision(), one)
    assert.equal(await noteOf(storage, '/n/a', one), 'first')
  })

  it('counts one revision a write, and shows notes to no reader', async () => {
    const storage = store()
    const base = await storage.revision()
    const one = await write(storage, '/n/a', 'one', 0, 'x'.repeat(2_000))
    assert.equal(one, base + 1)
    assert.equal(await write(storage, '/n/b', 'b', 0, 'y'), one + 1)
    for (const prefix of ['', '/', '/n/']) {
      const { entries, remaining } = await storage.range(prefix, { limit: 2 })
      assert.deepEqual(
        entries.map(({ key, value }) => `${key} ${value}`),
        ['/n/a one', '/n/b b'],
      )
      assert.equal(remaining, 0)
    }
    assert.deepEqual((await storage.get('/n/a')).entry?.value, bytes('one'))
  })

  it('tells notes of the past and of the present to who asks, under any prefix', async () => {
    const storage = store()
    const base = await storage.revision()
    const one = await write(storage, '/n/a', 'one', 0, 'first')
    const before = await write(storage, '/m/a', 'x', 0, 'of an earlier key')
    const two = await write(storage, '/n/b', 'two', 0)
    const beyond = await write(storage, '/o/a', 'x', 0, 'of a later key')
    const gone = await write(storage, '/n/a', undefined, one, 'gone')
    const narrow = toldUntil(storage, '/n/', base, gone + 3, true)
    const all = toldUntil(storage, '', base, gone + 3, true)
    const none = toldUntil(storage, '', base, gone + 3, false)
    const three = await write(storage, '/n/b', 'three', two, 'live')
    const live = await write(storage, '/o/a', undefined, beyond)
    const last = await write(storage, '/n/c', 'c', 0, 'last')
    const wanted = [
      `${one} /n/a first`,
      `${before} /m/a of an earlier key`,
      `${two} /n/b -`,
      `${beyond} /o/a of a later key`,
      `${gone} /n/a gone`,
      `${three} /n/b live`,
      `${live} /o/a -`,
      `${last} /n/c last`,
    ]
    assert.deepEqual(await all, wanted)
    assert.deepEqual(
      await narrow,
      wanted.filter((text) => text.includes(' /n/')),
    )
    assert.deepEqual(
      await none,
      wanted.map((text) => text.replace(/(\/\S+) .*/, '$1 -')),
    )
  })

  it('tells each write with its own note, however many there are', async () => {
    const storage = store()
    const base = await storage.revision()
    const count = 600
    const writes = (from: number) =>
      Promise.all(
        Array.from({ length: count / 2 }, (_, at) => {
          const key = `/n/${from + at}`
          const note = at % 3 === 0 ? {} : { note: bytes(`of ${key}`) }
          return storage.write({ key, value: Buffer.alloc(10_000), expect: 0, ...note })
        }),
      )
    await writes(0)
    const reading = toldUntil(storage, '/n/', base, base + count, true)
    await writes(count / 2)
    const told = await reading
    assert.deepEqual(
      told.map((text) => Number(text.split(' ')[0])),
      Array.from({ length: count }, (_, at) => base + 1 + at),
    )
    for (const text of told) {
      const [, key = '', ...note] = text.split(' ')
      const without = (Number(key.slice(3)) % (count / 2)) % 3 === 0
      assert.equal(note.join(' '), without ? '-' : `of ${key}`)
    }
  })

  it('forgets notes with their revisions, and knows the edge', async () => {
    const storage = store()
    const one = await write(storage, '/n/a', 'one', 0, 'first')
    const gone = await write(storage, '/n/a', undefined, one, 'gone')
    const two = await write(storage, '/n/b', 'two', 0, 'second')
    assert.ok((await storage.oldest()) <= one)
    for (const edge of [gone, two]) {
      await storage.compact(edge)
      assert.equal(await storage.oldest(), edge)
      await assert.rejects(storage.note('/n/a', edge - 1), (error: unknown) => {
        assert.ok(error instanceof CompactedError, String(error))
        assert.equal(error.oldest, edge)
        return true
      })
      const [key, note] = edge === gone ? ['/n/a', 'gone'] : ['/n/b', 'second']
      assert.equal(await noteOf(storage, key, edge), note)
    }
    await storage.range('', { revision: await storage.oldest() })
    await assert.rejects(storage.note('/n/a', two + 1), FutureRevisionError)
  })
}
