import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqlite } from './sqlite.ts'
import { storageCases } from './storage.cases.ts'
import { type Storage, StorageUnavailableError } from './storage.ts'

describe('the SQLite store in memory', () => {
  storageCases({ open: () => openSqlite({ file: ':memory:' }), runs: 150 })
})

describe('the SQLite store in a file', () => {
  let directory: string
  let files = 0
  const fresh = () => join(directory, `${files++}.db`)

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'tiphys-sqlite-'))
  })
  after(() => rmSync(directory, { recursive: true, force: true }))

  storageCases({ open: () => openSqlite({ file: fresh() }), runs: 8 })

  it('is there again after closing, history and counter included', async () => {
    const file = fresh()
    const first = await openSqlite({ file })
    const one = await first.write({ key: '/a', value: Buffer.from('one'), expect: 0 })
    await first.write({ key: '/a', value: Buffer.from('two'), expect: one.revision })
    await first.close()
    const second = await openSqlite({ file })
    assert.equal(await second.revision(), one.revision + 1)
    const past = await second.range('/a', { revision: one.revision })
    assert.equal(past.entries[0]?.value.toString(), 'one')
    await second.close()
  })

  it('takes a file from before there were notes, and no older program takes it then', async () => {
    const file = fresh()
    const first = await openSqlite({ file })
    const one = await first.write({ key: '/a', value: Buffer.from('one'), expect: 0 })
    await first.close()
    const format = (sql: string) => {
      const database = new DatabaseSync(file)
      database.exec(sql)
      const row = database.prepare("SELECT revision FROM marks WHERE name = 'format'").get()
      database.close()
      return row?.revision
    }
    format(`ALTER TABLE history DROP COLUMN note;
      UPDATE marks SET revision = 1 WHERE name = 'format'`)
    const second = await openSqlite({ file })
    assert.equal(await second.note('/a', one.revision), undefined)
    const note = Buffer.from('note')
    const deletion = { key: '/a', value: undefined, expect: one.revision, note }
    const two = await second.write(deletion)
    assert.ok(two.ok)
    await second.close()
    assert.equal(format(''), 2)
    const third = await openSqlite({ file })
    assert.deepEqual(await third.note('/a', two.revision), note)
    await third.close()
  })

  it('refuses a file of a later format and leaves it alone', async () => {
    const file = fresh()
    await (await openSqlite({ file })).close()
    const database = new DatabaseSync(file)
    database.exec("UPDATE marks SET revision = 3 WHERE name = 'format'")
    database.close()
    await assert.rejects(openSqlite({ file }), /has format 3, this version knows 2; use the one/)
  })

  it('refuses a file that is in use, and takes it once it is not', async () => {
    const file = fresh()
    const first = await openSqlite({ file })
    await assert.rejects(openSqlite({ file }), (error: Error) => {
      assert.ok(error instanceof StorageUnavailableError)
      assert.match(error.message, /in use by another API server/)
      return true
    })
    const refused = await child('lock', file).ended
    assert.match(refused, /in use by another API server/)
    await first.close()
    await (await openSqlite({ file })).close()
  })

  it('fails the writes that do not fit, and none of those it acknowledged', async () => {
    const file = fresh()
    const storage = await openSqlite({ file, maxBytes: 1 << 20 })
    const acknowledged = await fill(storage)
    assert.ok(acknowledged.length > 0)
    const { entries } = await storage.range('/full/')
    assert.deepEqual(entries.map(({ key }) => key).sort(), acknowledged.sort())
    await storage.close()
    const again = await openSqlite({ file })
    assert.equal((await again.range('/full/')).entries.length, acknowledged.length)
    await again.close()
  })

  it('keeps every acknowledged write when it is killed', async () => {
    const file = fresh()
    for (let round = 0; round < 3; round++) {
      const writer = child(`write-${round}`, file)
      const acknowledged = await writer.acknowledged(300)
      const storage = await openSqlite({ file })
      assert.ok(acknowledged.length >= 300)
      for (const [key, revision] of acknowledged) {
        const { entry } = await storage.get(key)
        assert.equal(entry?.modified, revision, `${key} at ${revision} is lost`)
      }
      await storage.close()
    }
  })

  it('does not hold the event loop while it reads and writes much', async () => {
    const storage = await openSqlite({ file: fresh() })
    const value = Buffer.alloc(5_000, 'x')
    const writes = Array.from({ length: 5_000 }, (_, at) => `/much/${at}`)
    for (let at = 0; at < writes.length; at += 500)
      await Promise.all(
        writes.slice(at, at + 500).map((key) => storage.write({ key, value, expect: 0 })),
      )
    let turns = 0
    let reading = true
    const turn = () => {
      turns++
      if (reading) setImmediate(turn)
    }
    turn()
    const { entries } = await storage.range('/much/')
    reading = false
    assert.equal(entries.length, 5_000)
    assert.ok(turns >= 10, `others had ${turns} turns`)
    await storage.close()
  })
})

/** Writes until a write is refused, ten at a time; returns the keys that were acknowledged. */
async function fill(storage: Storage): Promise<string[]> {
  const value = Buffer.alloc(10_000, 'x')
  const acknowledged: string[] = []
  for (let group = 0; group < 40; group++) {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, async (_, at) => {
        const key = `/full/${group}/${at}`
        assert.ok((await storage.write({ key, value, expect: 0 })).ok)
        acknowledged.push(key)
      }),
    )
    const refused = results.find((result) => result.status === 'rejected')
    if (!refused) continue
    assert.ok(refused.reason instanceof StorageUnavailableError)
    return acknowledged
  }
  return assert.fail('nothing was refused')
}

/** Another process on the file: tries to open it, or writes and prints what was acknowledged until killed. */
function child(task: string, file: string) {
  const script = `
    import { openSqlite } from '${new URL('./sqlite.ts', import.meta.url)}'
    const [task, file] = ${JSON.stringify([task, file])}
    const storage = await openSqlite({ file }).catch((error) => {
      console.log(error.message)
      process.exit(1)
    })
    for (let at = 0; ; at++) {
      const keys = Array.from({ length: 5 }, (_, n) => '/' + task + '/' + at + '/' + n)
      await Promise.all(keys.map(async (key) => {
        const { ok, revision } = await storage.write({ key, value: Buffer.alloc(3000, 'x'), expect: 0 })
        if (ok) process.stdout.write(key + ' ' + revision + '\\n')
      }))
    }`
  const spawned = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let lines: string[] = []
  let enough = Number.POSITIVE_INFINITY
  const ended = new Promise<string[]>((resolve) => {
    let output = ''
    spawned.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      lines = output.split('\n').slice(0, -1)
      if (lines.length >= enough) spawned.kill('SIGKILL')
    })
    spawned.once('close', () => resolve(lines))
  })
  return {
    ended: ended.then(() => lines.join('\n')),
    /** Kills it once so many writes have been acknowledged; returns those it had told of. */
    async acknowledged(count: number): Promise<[key: string, revision: number][]> {
      enough = count
      return (await ended).map((line) => {
        const [key = '', revision] = line.split(' ')
        return [key, Number(revision)]
      })
    },
  }
}
