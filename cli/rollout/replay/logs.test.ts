import assert from 'node:assert/strict'
import { ApiError } from '../../../controllers/framework/index.ts'
import type { Line } from '../../../recordings/recording.ts'
import { progressOf } from '../../../rollouts/progress.ts'
import type { Session } from '../session.ts'
import { type Ending, keptTail, presentTail, withLogs } from './logs.ts'
import { tapeOf } from './tape.ts'
import { at, story } from './testing/story.ts'

/** The new pod of the story, with a container that has crashed twice. */
function crashes(): Line[] {
  return story().map((line) => {
    if (line.type !== 'PUT' || line.object.kind !== 'Pod') return line
    const ended = (second: number) => ({
      terminated: {
        exitCode: 1,
        reason: 'Error',
        startedAt: at(second - 1),
        finishedAt: at(second),
      },
    })
    const status = {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'web',
          image: 'web:bad',
          ready: false,
          restartCount: 1,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: ended(6),
        },
      ],
    }
    return { ...line, object: { ...line.object, status } } as Line
  })
}

async function collected(lines: AsyncIterable<Line>): Promise<Line[]> {
  const all: Line[] = []
  for await (const line of lines) all.push(line)
  return all
}

describe('logs in a recording', () => {
  it('stand right behind the end that they explain, each once', async () => {
    const asked: Ending[] = []
    const twice = crashes().flatMap((line): Line[] => (line.type === 'PUT' ? [line, line] : [line]))
    const lines = await collected(
      withLogs(twice, async (ending) => {
        asked.push(ending)
        return ['no such table']
      }),
    )
    assert.equal(asked.length, 1)
    const log = lines.findIndex(({ type }) => type === 'LOG')
    assert.deepEqual(lines[log], {
      type: 'LOG',
      at: at(6),
      pod: { name: 'web-new-1', uid: 'web-new-1' },
      container: 'web',
      restarts: 1,
      lines: ['no such table'],
    })
    const tape = await tapeOf(lines, 'web')
    const snapshot = tape.timeline.at(7)?.snapshotOf({ namespace: 'default', name: 'web' })
    assert.match(JSON.stringify(progressOf(snapshot!).explanation), /no such table/)
  })

  it('are of the first run at least', async () => {
    const text = JSON.stringify(crashes())
      .replaceAll('"restartCount":1', '"restartCount":0')
      .replaceAll('"waiting":{"reason":"CrashLoopBackOff"}', '"running":{}')
    const lines = await collected(withLogs(JSON.parse(text) as Line[], async () => ['x']))
    assert.deepEqual(
      lines.flatMap((line) => (line.type === 'LOG' ? [line.restarts] : [])),
      [0],
    )
  })

  it('are left out where nobody has them', async () => {
    const lines = await collected(withLogs(crashes(), async () => []))
    assert.deepEqual(lines, crashes())
  })

  const ending: Ending = {
    pod: { name: 'p', uid: 'u' },
    container: 'c',
    restarts: 0,
    began: at(5),
    ended: at(7),
    previous: true,
  }

  it('are the last lines of that run alone, where all runs are kept', async () => {
    const asked: unknown[] = []
    const log = async (...question: unknown[]) => {
      asked.push(...question)
      return ['line 7']
    }
    const session = { past: { log }, namespace: 'n' } as unknown as Session
    assert.deepEqual(await keptTail(session)(ending), ['line 7'])
    assert.deepEqual(asked, [
      { namespace: 'n', pod: 'p', uid: 'u', container: 'c' },
      { since: at(5), until: Date.parse(at(7)) + 999, lines: 10 },
    ])
  })

  it('are those of the run before the present one on other servers, and none where that is gone', async () => {
    const of = (podLog: () => Promise<string>) =>
      presentTail({ cluster: { podLog }, namespace: 'n' } as unknown as Session)(ending)
    assert.deepEqual(await of(async () => 'a\nb\n'), ['a', 'b'])
    const gone = new ApiError(404, 'NotFound', 'no')
    assert.deepEqual(await of(() => Promise.reject(gone)), [])
    await assert.rejects(
      of(() => Promise.reject(new Error('broken'))),
      /broken/,
    )
  })
})
