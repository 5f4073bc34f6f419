import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rotateIfLong } from './log-file.ts'

describe('a log file', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'log-file-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('is moved aside when too long, under a writer that keeps it open', async () => {
    const path = join(directory, 'x.log')
    const writer = openSync(path, 'a')
    writeSync(writer, 'first\n')
    assert.equal(await rotateIfLong(path, 6), false)
    writeSync(writer, 'second\n')
    assert.equal(await rotateIfLong(path, 6), true)
    writeSync(writer, 'third\n')
    closeSync(writer)
    assert.equal(readFileSync(`${path}.1`, 'utf8'), 'first\nsecond\n')
    assert.equal(readFileSync(path, 'utf8'), 'third\n')
  })

  it('keeps two older ones and no more', async () => {
    const path = join(directory, 'x.log')
    for (const line of ['a', 'b', 'c', 'd']) {
      const writer = openSync(path, 'a')
      writeSync(writer, line)
      closeSync(writer)
      await rotateIfLong(path, 0)
    }
    assert.equal(readFileSync(`${path}.1`, 'utf8'), 'd')
    assert.equal(readFileSync(`${path}.2`, 'utf8'), 'c')
    assert.throws(() => readFileSync(`${path}.3`, 'utf8'))
  })

  it('need not exist', async () => {
    assert.equal(await rotateIfLong(join(directory, 'none.log')), false)
  })
})
