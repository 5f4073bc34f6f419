import assert from 'node:assert/strict'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { rotateOnce } from './log-rotation.ts'
import type { FoundContainer, PodLookup } from './pod-lookup.ts'

describe('log rotation', () => {
  const clock = new VirtualClock()
  let directory: string
  let path: string
  let reopened: string[]
  let errors: unknown[]
  beforeEach(() => {
    directory = mkdtempSync('/tmp/tiphys-logs-')
    path = join(directory, '0.log')
    reopened = []
    errors = []
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const rotate = (changes: Partial<FoundContainer> = {}, reopenLog?: Runtime['reopenLog']) => {
    const container = {
      name: 'main',
      id: 'c1',
      attempt: 0,
      state: 'running',
      logPath: path,
    } as const
    const found = {
      pod: { metadata: {} },
      sandboxId: 's',
      containers: [{ ...container, ...changes }],
      previous: [],
    }
    const pods: PodLookup = { find: () => found, all: () => [found] }
    const reopen = async (id: string) => {
      reopened.push(id)
      writeFileSync(path, '')
    }
    const runtime = { reopenLog: reopenLog ?? reopen } as Runtime
    const onError = (error: unknown) => errors.push(error)
    return rotateOnce({ pods, runtime, clock, largest: 10, most: 3, onError })
  }

  it('leaves a small log alone', async () => {
    writeFileSync(path, '123456789')
    await rotate()
    assert.deepEqual([reopened, readdirSync(directory)], [[], ['0.log']])
  })

  it('puts a large one aside and has a new one opened, keeping so many', async () => {
    for (let round = 0; round < 5; round++) {
      writeFileSync(path, `round ${round} is long`)
      await rotate()
      await clock.advance(1000)
    }
    const names = readdirSync(directory).sort()
    assert.deepEqual(names, ['0.log', '0.log.20260101000003', '0.log.20260101000004'])
    assert.equal(readFileSync(join(directory, '0.log.20260101000004'), 'utf8'), 'round 4 is long')
    assert.equal(reopened.length, 5)
  })

  it('puts it back when the runtime opens no new one', async () => {
    writeFileSync(path, 'this is long enough')
    await rotate({}, () => Promise.reject(new Error('no')))
    assert.deepEqual(readdirSync(directory), ['0.log'])
    assert.equal(errors.length, 1)
  })

  it('does nothing to a link, to what has ended, and to what is not there', async () => {
    await rotate()
    symlinkSync('/etc/services', path)
    await rotate()
    unlinkSync(path)
    writeFileSync(path, 'this is long enough')
    await rotate({ state: 'exited' })
    assert.deepEqual([reopened, errors], [[], []])
  })
})
