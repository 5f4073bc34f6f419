import assert from 'node:assert/strict'
import type { Ports } from '../ports.ts'
import { Frames } from './frames.ts'

function setUp() {
  let now = 0
  const asked: {
    revision: number
    signal: AbortSignal
    answer: (text: string) => void
    fail: (error: Error) => void
  }[] = []
  const shown: string[] = []
  const ports = { now: () => now } as Ports
  const frames = new Frames<string>(
    ports,
    (revision, signal) =>
      new Promise((answer, fail) => {
        signal.addEventListener('abort', () => fail(new Error('aborted')))
        asked.push({ revision, signal, answer, fail })
      }),
    {
      frame: (revision, frame) => shown.push(`${revision}:${frame}`),
      failed: (revision, error) => shown.push(`${revision}! ${(error as Error).message}`),
    },
  )
  const settle = () => new Promise(setImmediate)
  return { frames, asked, shown, settle, pass: (ms: number) => (now += ms) }
}

describe('frames of the past', () => {
  it('asks for one at a time, and then for the latest position alone', async () => {
    const { frames, asked, shown, settle } = setUp()
    for (const revision of [1, 2, 3, 4]) frames.want(revision)
    assert.deepEqual(
      asked.map(({ revision }) => revision),
      [1],
    )
    asked[0]!.answer('one')
    await settle()
    asked[1]!.answer('four')
    await settle()
    assert.deepEqual(
      asked.map(({ revision }) => revision),
      [1, 4],
    )
    assert.deepEqual(shown, ['1:one', '4:four'])
  })

  it('gives up a slow question for a newer one', async () => {
    const { frames, asked, shown, settle, pass } = setUp()
    frames.want(1)
    pass(200)
    frames.want(2)
    await settle()
    assert.equal(asked[0]!.signal.aborted, true)
    asked[1]!.answer('two')
    await settle()
    assert.deepEqual(shown, ['2:two'])
  })

  it('shows what it has seen at once, without asking', async () => {
    const { frames, asked, shown, settle } = setUp()
    frames.want(1)
    asked[0]!.answer('one')
    await settle()
    frames.want(1)
    assert.deepEqual(shown, ['1:one', '1:one'])
    assert.equal(asked.length, 1)
  })

  it('shows nothing after it was left', async () => {
    const { frames, asked, shown, settle } = setUp()
    frames.want(1)
    frames.leave()
    asked[0]!.answer('one')
    await settle()
    assert.deepEqual(shown, [])
  })

  it('asks anew after it was left while a question was under way', async () => {
    const { frames, asked, shown, settle } = setUp()
    frames.want(1)
    frames.leave()
    frames.want(2)
    await settle()
    asked[1]!.answer('two')
    await settle()
    assert.deepEqual(shown, ['2:two'])
  })

  it('says what failed, unless something else is wanted by now', async () => {
    const { frames, asked, shown, settle } = setUp()
    frames.want(1)
    frames.want(2)
    asked[0]!.fail(new Error('no'))
    await settle()
    asked[1]!.fail(new Error('gone'))
    await settle()
    assert.deepEqual(shown, ['2! gone'])
  })

  it('keeps no more than its bound', async () => {
    const { frames, asked, settle } = setUp()
    for (let revision = 1; revision <= 161; revision++) {
      frames.want(revision)
      asked.at(-1)!.answer('x')
      await settle()
    }
    frames.want(161)
    assert.equal(asked.length, 161)
    frames.want(1)
    assert.equal(asked.length, 162)
  })
})
