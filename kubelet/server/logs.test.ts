import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { type LogOptions, readLog } from './logs.ts'

const line = (second: number, text: string, tag = 'F', stream = 'stdout') =>
  `2026-01-01T00:00:0${second}.000000001Z ${stream} ${tag} ${text}\n`

describe('container logs', () => {
  let directory: string
  let path: string
  const clock = new VirtualClock()
  const plain: LogOptions = { follow: false, timestamps: false }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tiphys-logs-'))
    path = join(directory, '0.log')
    await writeFile(path, line(1, 'one') + line(2, 'two', 'F', 'stderr') + line(3, 'three'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  const source = (running = false, signal = new AbortController().signal) => ({
    path,
    running: async () => running,
    clock,
    signal,
  })
  const read = async (options: Partial<LogOptions> = {}) => {
    const chunks: Buffer[] = []
    for await (const chunk of readLog(source(), { ...plain, ...options })) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  it('gives the text of all lines, of both streams or of one', async () => {
    assert.equal(await read(), 'one\ntwo\nthree\n')
    assert.equal(await read({ stream: 'stderr' }), 'two\n')
  })

  it('puts the time before each line when asked', async () => {
    assert.match(await read({ timestamps: true }), /^2026-01-01T00:00:01\.000000001Z one\n/)
  })

  it('gives the last lines, also of a log larger than one read', async () => {
    assert.equal(await read({ tailLines: 2 }), 'two\nthree\n')
    assert.equal(await read({ tailLines: 0 }), '')
    assert.equal(await read({ tailLines: 99 }), 'one\ntwo\nthree\n')
    await writeFile(path, line(1, 'x'.repeat(1000)).repeat(300) + line(2, 'last'))
    const text = await read({ tailLines: 150 })
    assert.equal(text.split('\n').length - 1, 150)
    assert.match(text, /last\n$/)
  })

  it('gives the lines since a time', async () => {
    assert.equal(await read({ since: Date.UTC(2026, 0, 1, 0, 0, 2) }), 'two\nthree\n')
  })

  it('stops after so many bytes', async () => {
    assert.equal(await read({ limitBytes: 5 }), 'one\nt')
  })

  it('joins the pieces of a long line', async () => {
    await writeFile(path, line(1, 'long ', 'P') + line(1, 'line'))
    assert.equal(await read(), 'long line\n')
  })

  it('follows what is written, over a rotation, until the container has ended', async () => {
    let running = true
    const following = readLog(
      { ...source(), running: async () => running },
      { ...plain, follow: true, tailLines: 1 },
    )
    const next = async () => {
      const chunk = following.next()
      let settled = false
      chunk.finally(() => {
        settled = true
      })
      while (!settled) await clock.advance(100)
      const { value, done } = await chunk
      return done ? 'end' : value?.toString()
    }
    assert.equal(await next(), 'three\n')
    await appendFile(path, line(4, 'four'))
    assert.equal(await next(), 'four\n')
    await rename(path, `${path}.old`)
    await writeFile(path, line(5, 'five'))
    assert.equal(await next(), 'five\n')
    await appendFile(path, line(6, 'six'))
    running = false
    assert.equal(await next(), 'six\n')
    assert.equal(await next(), 'end')
  })

  it('ends when the reader goes away', async () => {
    const controller = new AbortController()
    const following = readLog(source(true, controller.signal), { ...plain, follow: true })
    await following.next()
    const end = following.next()
    controller.abort()
    assert.equal((await end).done, true)
  })

  it('follows no link and opens nothing but files', async () => {
    const link = join(directory, 'link.log')
    await symlink('/etc/passwd', link)
    const of = (place: string) => readLog({ ...source(), path: place }, plain).next()
    await assert.rejects(of(link), /ELOOP/)
    await assert.rejects(of('/dev/zero'), /not a regular file/)
  })
})
