import assert from 'node:assert/strict'
import { Stage } from '../testing/stage.ts'
import { type Line, readStream } from './stream.ts'

function setUp() {
  const stage = new Stage()
  const lines: Line['state'][] = []
  const events: string[] = []
  const clocks: number[] = []
  const reading = readStream(stage.ports, '/api/stream?namespace=n', 'T', {
    line: (line) => lines.push(line.state),
    event: ({ id, type, data }) => events.push(`${id} ${type} ${data}`),
    clock: (now) => clocks.push(now),
  })
  const connection = () => stage.asked('/api/stream')
  return { stage, lines, events, clocks, reading, connection }
}

describe('the stream', () => {
  it('shows its token, and is live with the first event', async () => {
    const { stage, lines, events, connection } = setUp()
    assert.equal(connection().header('Authorization'), 'Bearer T')
    connection().open()
    await stage.settle()
    assert.deepEqual(lines, ['connecting'])
    connection().send('hello', { a: 1 }, '7')
    await stage.settle()
    assert.deepEqual(lines, ['connecting', 'live'])
    assert.deepEqual(events, ['7 hello {"a":1}'])
  })

  it('resumes after the last event when the server ends it', async () => {
    const { stage, lines, connection } = setUp()
    connection().open()
    await stage.settle()
    connection().send('list', {}, '7')
    await stage.settle()
    connection().end()
    await stage.pass(250)
    assert.equal(stage.requests.length, 2)
    assert.equal(connection().header('Last-Event-ID'), '7')
    connection().open()
    await stage.settle()
    connection().send('list', {}, '8')
    await stage.settle()
    assert.deepEqual(lines, ['connecting', 'live', 'reconnecting', 'live'])
  })

  it('waits longer each time, up to two seconds, and never gives up', async () => {
    const { stage, connection } = setUp()
    const waits: number[] = []
    for (let attempt = 0; attempt < 6; attempt++) {
      const [asked, failedAt] = [stage.requests.length, stage.time]
      connection().fail('refused')
      await stage.settle()
      while (stage.requests.length === asked) await stage.pass(10)
      waits.push(stage.time - failedAt)
    }
    assert.deepEqual(waits, [250, 500, 1000, 2000, 2000, 2000])
  })

  it('takes silence for a broken connection', async () => {
    const { stage, lines, connection } = setUp()
    connection().open()
    await stage.settle()
    connection().send('list', {}, '7')
    await stage.pass(29_000)
    assert.equal(lines.at(-1), 'live')
    await stage.pass(2_000)
    assert.equal(lines.at(-1), 'reconnecting')
  })

  it('does not knock again where it was turned away', async () => {
    const { stage, lines, connection } = setUp()
    connection().json({ error: { message: 'no' } }, 401)
    await stage.pass(60_000)
    assert.deepEqual(lines, ['connecting', 'refused'])
    assert.equal(stage.requests.length, 1)
  })

  it('is over when it is stopped, also while it waits', async () => {
    const { stage, reading, connection } = setUp()
    connection().fail('refused')
    await stage.settle()
    reading.stop()
    await stage.pass(60_000)
    assert.equal(stage.requests.length, 1)
  })

  it('lets go while nobody looks, and goes on where it was', async () => {
    const { stage, lines, reading, connection } = setUp()
    connection().open()
    await stage.settle()
    connection().send('list', {}, '7')
    await stage.settle()
    const first = connection()
    reading.rest()
    await stage.pass(60_000)
    assert.equal(first.init.signal?.aborted, true)
    assert.equal(stage.requests.length, 1)
    reading.wake()
    await stage.settle()
    assert.equal(connection().header('Last-Event-ID'), '7')
    connection().open()
    await stage.settle()
    connection().send('list', {}, '8')
    await stage.settle()
    assert.deepEqual(lines, ['connecting', 'live', 'connecting', 'live'])
  })

  it('tells what the clock of the server says', async () => {
    const { stage, clocks, connection } = setUp()
    connection().open({ Date: 'Sat, 21 Nov 2026 14:03:12 GMT' })
    await stage.settle()
    assert.deepEqual(clocks, [Date.UTC(2026, 10, 21, 14, 3, 12)])
  })
})
