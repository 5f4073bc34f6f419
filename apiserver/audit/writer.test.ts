import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { AuditWriter } from './writer.ts'

describe('the writer of the audit log', () => {
  /** A target that takes what it is given only when told to. */
  function writerOn() {
    const clock = new VirtualClock()
    const [appended, reported]: [string[], string[]] = [[], []]
    const waiting: ((error?: Error) => void)[] = []
    let lost = 0
    const writer = new AuditWriter({
      clock,
      report: ({ message }) => reported.push(message),
      lost: (lines) => {
        lost += lines
      },
      target: {
        name: 'audit.log',
        append: (lines) =>
          new Promise((resolve, reject) => {
            waiting.push((error) => {
              if (error) return reject(error)
              appended.push(lines.toString())
              resolve()
            })
          }),
        close: async () => {},
      },
    })
    /** Lets go of what waits, and returns when what comes of it has been done. */
    const take = async (error?: Error) => {
      waiting.shift()?.(error)
      await new Promise(setImmediate)
    }
    return { writer, take, clock, appended, reported, lost: () => lost }
  }

  it('keeps the order, and writes at once what came meanwhile', async () => {
    const { writer, take, appended } = writerOn()
    for (const line of ['a\n', 'b\n', 'c\n']) writer.write(line)
    await take()
    await take()
    assert.deepEqual(appended, ['a\n', 'b\nc\n'])
    writer.write('d\n')
    const closing = writer.close()
    await take()
    await closing
    assert.deepEqual(appended.at(-1), 'd\n')
  })

  it('loses, counts and tells what cannot be written, and goes on', async () => {
    const { writer, take, clock, appended, reported, lost } = writerOn()
    const full = new Error('ENOSPC: no space left on device')
    for (const line of ['a\n', 'b\n', 'c\n']) writer.write(line)
    await take(full)
    await take(full)
    assert.deepEqual(reported, [
      'audit log audit.log: 1 events were lost: ENOSPC: no space left on device',
    ])
    await clock.advance(30_000)
    writer.write('d\n')
    await take()
    assert.equal(lost(), 3)
    assert.deepEqual(appended, ['d\n'])
    assert.deepEqual(reported.slice(1), [
      'audit log audit.log: 2 events were lost; it is written again',
    ])
  })

  it('holds no more than ten thousand lines for a target that does not take them', async () => {
    const { writer, take, reported, lost } = writerOn()
    for (let at = 0; at < 10_003; at++) writer.write('x\n')
    assert.equal(lost(), 2)
    assert.match(reported[0] ?? '', /not written as fast as events come$/)
    const closing = writer.close()
    await take()
    await take()
    await closing
  })
})
