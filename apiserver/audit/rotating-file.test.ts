import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { RotatingFile, type Rotation } from './rotating-file.ts'

describe('a log file that is put aside when it is full', () => {
  let dir: string
  let clock: VirtualClock
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'audit-'))
    clock = new VirtualClock(Date.parse('2026-01-02T03:04:05Z'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))
  async function opened(rotation: Partial<Rotation> = {}) {
    const whole = { maximumBytes: 10, backups: 2, ageMs: 0, ...rotation }
    const file = new RotatingFile(join(dir, 'logs', 'audit.log'), whole, {
      clock,
      report: assert.ifError,
    })
    await file.open()
    return file
  }
  const files = () =>
    readdirSync(join(dir, 'logs'))
      .sort()
      .map((name) => `${name} ${readFileSync(join(dir, 'logs', name))}`)

  it('belongs to its owner alone, and goes on where it was', async () => {
    const first = await opened()
    await first.append(Buffer.from('one,'))
    await first.close()
    const second = await opened()
    await second.append(Buffer.from('two,'))
    await second.close()
    assert.deepEqual(files(), ['audit.log one,two,'])
    assert.equal(statSync(join(dir, 'logs', 'audit.log')).mode & 0o777, 0o600)
  })

  it('has as many predecessors as are wished, none of them cut', async () => {
    const file = await opened()
    for (const text of ['a', 'b', 'c', 'd']) {
      await file.append(Buffer.from(text.repeat(8)))
      await clock.advance(1_500)
    }
    await file.close()
    assert.deepEqual(files(), [
      'audit-2026-01-02T03-04-08.000.log bbbbbbbb',
      'audit-2026-01-02T03-04-09.500.log cccccccc',
      'audit.log dddddddd',
    ])
  })

  it('overwrites nothing in a moment of much writing, and forgets what is old', async () => {
    const file = await opened({ backups: 0, ageMs: 60_000 })
    for (const text of ['a', 'b', 'c']) await file.append(Buffer.from(text.repeat(8)))
    assert.equal(files().length, 3)
    await clock.advance(60_500)
    await file.append(Buffer.from('dddddddd'))
    assert.equal(files().length, 2, 'the one just put aside and the new one')
    await file.close()
  })

  it('says why it cannot be written, as often as it is tried', async () => {
    const full = new RotatingFile(
      '/dev/full',
      { maximumBytes: 10, backups: 1, ageMs: 0 },
      { clock, report: assert.ifError },
    )
    for (let times = 0; times < 2; times++)
      await assert.rejects(full.append(Buffer.from('x')), { code: 'ENOSPC' })
    await full.close()
  })

  it('takes a line that is too large for any file', async () => {
    const file = await opened()
    await file.append(Buffer.from('x'.repeat(50)))
    await file.append(Buffer.from('y'))
    await file.close()
    assert.deepEqual(files().length, 2)
  })
})
