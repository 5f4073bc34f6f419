import assert from 'node:assert/strict'
import { memory, SqliteDatabase } from './sqlite-database.ts'

describe('a look at the history in SQLite', () => {
  let database: SqliteDatabase
  let last: number

  /** Ten keys that begin alike are written again and again, and one that was deleted long ago. */
  before(() => {
    database = SqliteDatabase.open(memory, 2 ** 30)
    const value = Buffer.from('x')
    const written = new Map<string, number>()
    const write = (key: string, value: Buffer | undefined) => {
      const [outcome] = database.apply([{ key, value, expect: written.get(key) ?? 0 }])
      assert.ok(outcome?.ok)
      written.set(key, outcome.revision)
    }
    write('/rare', value)
    write('/rare', undefined)
    for (let at = 0; at < 6_000; at++) write(`/rare-not/${at % 10}`, value)
    last = database.revision()
  })
  after(() => database.close())

  const look = (prefix: string, exact: boolean, after: number) =>
    database.events({ prefix, exact, after, until: last, limit: 256 })

  it('finds all of one key at once, however much was written of others', () => {
    const { events, reached } = look('/rare', true, 1)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['put', 'delete'],
    )
    assert.equal(reached, last)
  })

  it('of many keys goes no further than it quickly can, and says how far', () => {
    let after = 1
    const looks: number[] = []
    for (; after < last; ) {
      const { reached } = look('/none', false, after)
      looks.push(reached - after)
      after = reached
    }
    assert.equal(after, last)
    assert.ok(looks.length > 1 && Math.max(...looks) <= 2_000, String(looks))
  })

  it('goes no further than the last that it tells of', () => {
    const { events, reached } = look('/rare-not/', false, 1)
    assert.equal(events.length, 256)
    const [end] = events.slice(-1)
    assert.equal(end?.type === 'put' && end.entry.modified, reached)
  })
})
