/** What every store must do. One file for all of them, so that a cluster on etcd and a test in memory agree. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { filter, firstValueFrom, take, toArray } from 'rxjs'
import { noteCases } from './notes.cases.ts'
import { ReferenceStorage } from './storage.reference.ts'
import {
  CompactedError,
  FutureRevisionError,
  type Revision,
  type Storage,
  type StorageEvent,
  StorageUnavailableError,
  type StorageWatchOptions,
  ValueTooLargeError,
  type WatchBatch,
  type WriteResult,
} from './storage.ts'

export interface StorageFactory {
  /** A store without keys; its revision may be any. */
  open(): Promise<Storage>
  /** How many random histories to try. */
  runs: number
}

const bytes = (text: string) => Buffer.from(text)

async function put(storage: Storage, key: string, text: string, expect: Revision = 0) {
  const result = await storage.write({ key, value: bytes(text), expect })
  assert.ok(result.ok, `${key} was not written`)
  return result.revision
}

async function remove(storage: Storage, key: string, expect: Revision) {
  const result = await storage.write({ key, value: undefined, expect })
  assert.ok(result.ok, `${key} was not deleted`)
  return result.revision
}

const revisionOf = (event: StorageEvent) =>
  event.type === 'put' ? event.entry.modified : event.revision

/** The events of a watch until one reaches the revision. */
async function eventsUntil(
  storage: Storage,
  prefix: string,
  after: Revision,
  until: Revision,
  options: StorageWatchOptions = {},
) {
  const events: StorageEvent[] = []
  await firstValueFrom(
    storage.watch(prefix, after, options).pipe(
      filter((batch: WatchBatch) => {
        events.push(...batch.events)
        for (const event of batch.events) assert.ok(revisionOf(event) <= batch.revision)
        return batch.revision >= until
      }),
    ),
  )
  return events
}

const failure = (storage: Storage, prefix: string, after: Revision): Promise<Error> =>
  new Promise((resolve) => {
    storage.watch(prefix, after).subscribe({ error: resolve })
  })

export function storageCases({ open, runs }: StorageFactory): void {
  let storage: Storage
  let base: Revision

  beforeEach(async () => {
    storage = await open()
    base = await storage.revision()
  })
  afterEach(() => storage.close())

  describe('writing', () => {
    it('creates, updates and deletes only what is as expected', async () => {
      const created = await put(storage, '/a', 'one')
      assert.equal(created, base + 1)
      const again = await storage.write({ key: '/a', value: bytes('two'), expect: 0 })
      assert.equal(again.ok, false)
      const updated = await put(storage, '/a', 'two', created)
      const stale = await storage.write({ key: '/a', value: undefined, expect: created })
      assert.deepEqual(stale, {
        ok: false,
        revision: updated,
        current: { key: '/a', value: bytes('two'), created, modified: updated },
      })
      const deleted = await remove(storage, '/a', updated)
      assert.deepEqual(await storage.get('/a'), { entry: undefined, revision: deleted })
    })

    it('tells of an absent key that it is absent', async () => {
      const update = await storage.write({ key: '/a', value: bytes('x'), expect: base })
      assert.deepEqual(update, { ok: false, revision: base, current: undefined })
      const deletion = await storage.write({ key: '/a', value: undefined, expect: 0 })
      assert.deepEqual(deletion, { ok: false, revision: base, current: undefined })
    })

    it('counts as created anew after a delete', async () => {
      await remove(storage, '/a', await put(storage, '/a', 'one'))
      const revision = await put(storage, '/a', 'two')
      assert.equal((await storage.get('/a')).entry?.created, revision)
    })

    it('lets exactly one of racing writers win each round', async () => {
      let expect = 0
      for (let round = 0; round < 10; round++) {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, writer) =>
            storage.write({ key: '/race', value: bytes(`${round}/${writer}`), expect }),
          ),
        )
        const winners = results.filter(({ ok }) => ok)
        assert.equal(winners.length, 1)
        const { entry } = await storage.get('/race')
        assert.equal(entry?.modified, winners[0]?.revision)
        const winner = results.findIndex(({ ok }) => ok)
        assert.equal(entry?.value.toString(), `${round}/${winner}`)
        expect = winners[0]?.revision ?? 0
      }
    })

    it('gives concurrent writes revisions of their own, without gaps', async () => {
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, at) =>
          storage.write({ key: `/many/${at}`, value: bytes('x'), expect: 0 }),
        ),
      )
      const revisions = results.map(({ revision }) => revision).sort((a, b) => a - b)
      assert.deepEqual(
        revisions,
        revisions.map((_, at) => base + 1 + at),
      )
    })

    it('keeps keys and values of any kind', async () => {
      const binary = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
      const keys = ['/ünï/cödé', '/𐍈', '/\ue000', '/%_*\'"\\', '/a b']
      for (const key of keys) assert.ok((await storage.write({ key, value: binary, expect: 0 })).ok)
      assert.ok((await storage.write({ key: '/empty', value: Buffer.alloc(0), expect: 0 })).ok)
      const { entries } = await storage.range('/')
      assert.deepEqual(
        entries.map(({ key }) => key),
        [...keys, '/empty'].sort((a, b) => Buffer.compare(bytes(a), bytes(b))),
      )
      assert.deepEqual((await storage.get('/𐍈')).entry?.value, binary)
      assert.equal((await storage.get('/empty')).entry?.value.length, 0)
    })

    it('refuses a value that is too large and writes nothing', async () => {
      const value = Buffer.alloc(2 << 20)
      await assert.rejects(storage.write({ key: '/big', value, expect: 0 }), ValueTooLargeError)
      assert.equal(await storage.revision(), base)
    })
  })

  describe('reading', () => {
    it('orders keys by bytes and pages at one revision while others write', async () => {
      for (const name of ['b', 'a-b', 'a/1', 'a', 'c', 'a.b'])
        await put(storage, `/p/${name}`, name)
      await put(storage, '/q', 'beside')
      const first = await storage.range('/p/', { limit: 2 })
      assert.deepEqual(
        first.entries.map(({ key }) => key),
        ['/p/a', '/p/a-b'],
      )
      assert.equal(first.remaining, 4)
      await remove(storage, '/p/b', (await storage.get('/p/b')).entry?.modified ?? 0)
      await put(storage, '/p/a0', 'late')
      const rest = await storage.range('/p/', { after: '/p/a-b', revision: first.revision })
      assert.deepEqual(
        rest.entries.map(({ key }) => key),
        ['/p/a.b', '/p/a/1', '/p/b', '/p/c'],
      )
      assert.equal(rest.remaining, 0)
      assert.equal(rest.revision, first.revision)
      const now = await storage.range('/p/', { after: '/p/a-b', limit: 1 })
      assert.equal(now.remaining, 3)
    })

    it('reads every past revision as it was', async () => {
      const one = await put(storage, '/a', 'one')
      const two = await put(storage, '/a', 'two', one)
      const gone = await remove(storage, '/a', two)
      const three = await put(storage, '/a', 'three')
      const at = async (revision: Revision) =>
        (await storage.range('/a', { revision })).entries.map(({ value }) => value.toString())
      assert.deepEqual(await at(base), [])
      assert.deepEqual(await at(one), ['one'])
      assert.deepEqual(await at(two), ['two'])
      assert.deepEqual(await at(gone), [])
      assert.deepEqual(await at(three), ['three'])
    })

    it('reads one key alone, now and then, where others begin with it', async () => {
      const one = await put(storage, '/a', 'one')
      await put(storage, '/ab', 'other')
      const two = await put(storage, '/a', 'two', one)
      const gone = await remove(storage, '/a', two)
      await put(storage, '/a/c', 'third')
      const then = async (revision?: Revision) => {
        const options = { exact: true, limit: 1, ...(revision !== undefined && { revision }) }
        const { entries, remaining } = await storage.range('/a', options)
        assert.equal(remaining, 0)
        return entries.map(({ value, created, modified }) => [`${value}`, created, modified])
      }
      assert.deepEqual(await then(one), [['one', one, one]])
      assert.deepEqual(await then(two - 1), [['one', one, one]])
      assert.deepEqual(await then(two), [['two', one, two]])
      for (const revision of [gone, base, undefined]) assert.deepEqual(await then(revision), [])
    })

    it('counts what remains, or says at least whether there may be more', async () => {
      for (const key of ['/n/a', '/n/b', '/n/c']) await put(storage, key, 'x')
      const then = await remove(storage, '/n/b', await storage.revision().then((now) => now - 1))
      await put(storage, '/n/d', 'x')
      const remaining = async (limit: number, uncounted: boolean, revision?: Revision) => {
        const at = revision === undefined ? {} : { revision }
        return (await storage.range('/n/', { limit, uncounted, ...at })).remaining
      }
      assert.deepEqual([await remaining(1, false), await remaining(1, false, then)], [2, 1])
      for (const revision of [undefined, then]) {
        assert.ok((await remaining(1, true, revision)) > 0)
        assert.equal(await remaining(9, true, revision), 0)
      }
    })

    it('says that a future revision is in the future', async () => {
      await assert.rejects(storage.range('/', { revision: base + 100 }), (error) => {
        assert.ok(error instanceof FutureRevisionError)
        assert.equal(error.current, base)
        return true
      })
    })

    it('reads many megabytes at one revision', async () => {
      const value = Buffer.alloc(200_000, 'x')
      await Promise.all(
        Array.from({ length: 60 }, (_, at) => storage.write({ key: `/l/${at}`, value, expect: 0 })),
      )
      const { entries, revision } = await storage.range('/l/')
      assert.equal(entries.length, 60)
      assert.equal(revision, base + 60)
      assert.ok(entries.every((entry) => entry.value.equals(value)))
    })

    it('knows every acknowledged write, whoever asks at the same time', async () => {
      const check = async (at: number) => {
        const written = await put(storage, `/r/${at}`, 'x')
        const asked = await Promise.all([storage.revision(), storage.revision()])
        for (const revision of asked) assert.ok(revision >= written, `${revision} < ${written}`)
      }
      await Promise.all(Array.from({ length: 50 }, (_, at) => check(at)))
    })
  })

  describe('watching', () => {
    it('tells puts and deletes with what was before', async () => {
      const one = await put(storage, '/w/a', 'one')
      const two = await put(storage, '/w/a', 'two', one)
      await put(storage, '/x', 'beside')
      const gone = await remove(storage, '/w/a', two)
      const entry = (text: string, modified: Revision) => ({
        key: '/w/a',
        value: bytes(text),
        created: one,
        modified,
      })
      assert.deepEqual(await eventsUntil(storage, '/w/', base, gone), [
        { type: 'put', entry: entry('one', one), previous: undefined },
        { type: 'put', entry: entry('two', two), previous: entry('one', one) },
        { type: 'delete', key: '/w/a', revision: gone, previous: entry('two', two) },
      ])
      assert.equal((await eventsUntil(storage, '/w/', two, gone)).length, 1)
    })

    it('tells of one key alone, with what was, then and from now on', async () => {
      const one = await put(storage, '/a', 'one')
      await put(storage, '/ab', 'other')
      const gone = await remove(storage, '/a', one)
      const told = eventsUntil(storage, '/a', base, gone + 2, { exact: true })
      await put(storage, '/a/c', 'third')
      const again = await put(storage, '/a', 'again')
      const events = (await told).map((event) => [event.type, revisionOf(event)])
      assert.deepEqual(events, [
        ['put', one],
        ['delete', gone],
        ['put', again],
      ])
    })

    it('has neither gap nor duplicate, whenever it begins, while many write', async () => {
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        let expect = 0
        for (let count = 0; count < 100; count++)
          expect = await put(storage, `/g/${writer}`, String(count), expect)
      })
      const last = base + 800
      const watches = Array.from({ length: 10 }, async () => {
        const after = await storage.revision()
        const events = await eventsUntil(storage, '/g/', after, last)
        assert.deepEqual(
          events.map(revisionOf),
          Array.from({ length: last - after }, (_, at) => after + 1 + at),
        )
      })
      await Promise.all([...writers, ...watches])
    })

    it('catches up on a long history before it goes on live', async () => {
      await Promise.all(
        Array.from({ length: 1500 }, (_, at) =>
          storage.write({ key: `/h/${at}`, value: bytes('x'), expect: 0 }),
        ),
      )
      const reading = eventsUntil(storage, '/h/', base, base + 1501)
      await put(storage, '/h/last', 'x')
      assert.deepEqual(
        (await reading).map(revisionOf),
        Array.from({ length: 1501 }, (_, at) => base + 1 + at),
      )
    })

    it('stops when nobody listens any more', async () => {
      const first = firstValueFrom(
        storage.watch('/s/', base).pipe(
          filter(({ events }) => events.length > 0),
          take(1),
          toArray(),
        ),
      )
      await put(storage, '/s/1', 'x')
      assert.equal((await first).length, 1)
      await put(storage, '/s/2', 'x')
    })
  })

  describe('forgetting', () => {
    it('reads and watches from before the compaction no longer, and from it still', async () => {
      const one = await put(storage, '/c/a', 'one')
      const two = await put(storage, '/c/a', 'two', one)
      const b = await put(storage, '/c/b', 'b')
      const gone = await remove(storage, '/c/b', b)
      const three = await put(storage, '/c/a', 'three', two)
      await storage.compact(gone)
      await storage.compact(one)
      const compacted = (error: unknown) => {
        assert.ok(error instanceof CompactedError, String(error))
        assert.equal(error.oldest, gone)
        return true
      }
      await assert.rejects(storage.range('/c/', { revision: b }), compacted)
      compacted(await failure(storage, '/c/', b))
      const then = await storage.range('/c/', { revision: gone })
      assert.deepEqual(
        then.entries.map(({ value }) => value.toString()),
        ['two'],
      )
      const [event, ...more] = await eventsUntil(storage, '/c/', gone, three)
      assert.equal(more.length, 0)
      assert.ok(event?.type === 'put')
      assert.equal(event.previous?.value.toString(), 'two')
      assert.equal((await storage.get('/c/a')).entry?.value.toString(), 'three')
    })

    it('does not forget the future', async () => {
      await assert.rejects(storage.compact(base + 10), FutureRevisionError)
    })

    it('goes on counting where it was after everything has been deleted and forgotten', async () => {
      const gone = await remove(storage, '/a', await put(storage, '/a', 'x'))
      await storage.compact(gone)
      assert.equal(await storage.revision(), gone)
      assert.equal(await put(storage, '/a', 'y'), gone + 1)
    })

    it('lets writers and watchers go on meanwhile', async () => {
      let expect = 0
      for (let count = 0; count < 300; count++)
        expect = await put(storage, '/m', String(count), expect)
      const watching = eventsUntil(storage, '/m', expect, expect + 50)
      const compacting = storage.compact(expect)
      for (let count = 0; count < 50; count++)
        expect = await put(storage, '/m', String(count), expect)
      await compacting
      assert.equal((await watching).length, 50)
    })
  })

  describe('keeping notes', () => noteCases(() => storage))

  describe('closing', () => {
    it('ends watches and refuses everything afterwards', async () => {
      const other = await open()
      const ended = failure(other, '/', await other.revision())
      await put(other, '/z', 'x')
      await other.close()
      assert.ok((await ended) instanceof StorageUnavailableError)
      const refused = [
        () => other.get('/z'),
        () => other.range('/'),
        () => other.revision(),
        () => other.note('/z', 1),
        () => other.oldest(),
        () => other.write({ key: '/z', value: bytes('y'), expect: 0 }),
      ]
      for (const call of refused) await assert.rejects(call, StorageUnavailableError)
    })
  })

  it('does what the naive store does, over any history', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
        async (steps) => {
          const real = await open()
          try {
            await compare(real, steps)
          } finally {
            await real.close()
          }
        },
      ),
      { numRuns: runs },
    )
  })
}

const keys = ['/k/a', '/k/b', '/k/b/c', '/k/b-c', '/l/a', '/𐍈', '/\ue000']
const prefixes = ['/', '/k/', '/k/b', '/l/']

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      key: fc.constantFrom(...keys),
      text: fc.option(fc.string({ maxLength: 5 })),
      note: fc.option(fc.string({ maxLength: 5, minLength: 1 }), { nil: undefined }),
      /** Expect what is there, or something else. */
      right: fc.integer({ min: 0, max: 4 }).map((roll) => roll > 0),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('range' as const),
      prefix: fc.constantFrom(...prefixes),
      after: fc.option(fc.constantFrom(...keys), { nil: undefined }),
      limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      /** How many revisions ago. */
      ago: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('watch' as const),
      prefix: fc.constantFrom(...prefixes),
      ago: fc.integer({ min: 1, max: 10 }),
      notes: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('note' as const),
      key: fc.constantFrom(...keys),
      ago: fc.integer({ min: 0, max: 10 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('compact' as const),
      ago: fc.integer({ min: 0, max: 10 }),
    }),
  },
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function compare(real: Storage, steps: Step[]): Promise<void> {
  const base = await real.revision()
  const model = new ReferenceStorage(base)
  model.compacted = base
  for (const one of steps) await compareStep(real, model, base, one)
}

async function compareStep(
  real: Storage,
  model: ReferenceStorage,
  base: Revision,
  one: Step,
): Promise<void> {
  switch (one.do) {
    case 'write': {
      const current = model.entry(one.key)
      const expect = one.right ? (current?.modified ?? 0) : model.revision + 7
      const value = one.text === null ? undefined : bytes(one.text)
      const write = { key: one.key, value, expect, ...(one.note && { note: bytes(one.note) }) }
      const applied = model.write(write)
      const result = await real.write(write)
      const wanted: WriteResult = applied
        ? { ok: true, revision: model.revision }
        : { ok: false, revision: model.revision, current }
      assert.deepEqual(result, wanted)
      return
    }
    case 'range': {
      const revision = one.ago === undefined ? undefined : Math.max(base, model.revision - one.ago)
      const options = { after: one.after, limit: one.limit, revision }
      if ((revision ?? model.revision) < model.compacted)
        return assert.rejects(real.range(one.prefix, options), CompactedError)
      const result = await real.range(one.prefix, options)
      const wanted = model.range(one.prefix, options)
      assert.deepEqual(result, { ...wanted, revision: revision ?? model.revision })
      return
    }
    case 'watch':
      return compareWatch(real, model, Math.max(base, model.revision - one.ago), one)
    case 'note': {
      const revision = Math.max(base, model.revision - one.ago)
      if (revision < model.compacted)
        return assert.rejects(real.note(one.key, revision), CompactedError)
      assert.deepEqual(await real.note(one.key, revision), model.note(one.key, revision))
      return
    }
    case 'compact': {
      const revision = Math.max(base, model.revision - one.ago)
      await real.compact(revision)
      model.compacted = Math.max(model.compacted, revision)
      assert.equal(await real.oldest(), model.compacted)
      return
    }
    default:
      one satisfies never
  }
}

async function compareWatch(
  real: Storage,
  model: ReferenceStorage,
  after: Revision,
  { prefix, notes }: { prefix: string; notes: boolean },
): Promise<void> {
  if (after < model.compacted) {
    assert.ok((await failure(real, prefix, after)) instanceof CompactedError)
    return
  }
  const wanted = model.history(prefix, after)
  const last = wanted.at(-1)
  if (!last) return
  const events = await eventsUntil(real, prefix, after, last.revision, { notes })
  assert.deepEqual(
    events.map((event) => ({
      key: event.type === 'put' ? event.entry.key : event.key,
      revision: revisionOf(event),
      entry: event.type === 'put' ? event.entry : undefined,
      previous: event.previous,
      note: event.note,
    })),
    wanted.map((made) => ({ ...made, note: notes ? made.note : undefined })),
  )
}
