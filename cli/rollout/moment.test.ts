import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { ApiError } from '../../controllers/framework/index.ts'
import type { Past, Stretch } from '../../history/past.ts'
import { milliseconds } from './duration.ts'
import { goneInWords, thenOf, whenOf } from './moment.ts'
import { momentText } from './replay/moment-text.ts'
import { at, story } from './replay/testing/story.ts'

const now = new Date(2026, 0, 2, 14, 3, 12).getTime()

describe('a length of time', () => {
  it('is typed as people do', () => {
    const lengths = ['90', '90s', '1.5m', '1h30m', '250ms', '2d'].map(milliseconds)
    assert.deepEqual(lengths, [90_000, 90_000, 90_000, 5_400_000, 250, 172_800_000])
    for (const text of ['', 'm', '5x', '-5m', '5 m', '5m3'])
      assert.equal(milliseconds(text), undefined, text)
  })
})

describe('a moment', () => {
  const time = (text: string) => {
    const when = whenOf(text, now)
    return 'time' in when ? when.time : assert.fail(`${text} is a revision`)
  }

  it('is a revision, a length of time ago, or a time', () => {
    assert.deepEqual(whenOf('r1310', now), { revision: 1310 })
    assert.equal(time('-5m'), now - 300_000)
    assert.equal(time('-1h30m'), now - 5_400_000)
    assert.equal(time('2026-01-02T13:00:00Z'), Date.parse('2026-01-02T13:00:00Z'))
  })

  it('on the clock is the last time that it showed that', () => {
    assert.equal(time('14:03'), new Date(2026, 0, 2, 14, 3, 0, 999).getTime())
    assert.equal(time('14:03:12'), now)
    assert.equal(time('14:03:13'), new Date(2026, 0, 1, 14, 3, 13, 999).getTime())
  })

  it('is nothing else', () => {
    for (const text of ['tomorrow', 'r', '-5x', '25:00', '12:61', '5', 'r-1', '2026'])
      assert.throws(() => whenOf(text, now), /is no moment/, text)
  })

  it('is told by the clock of today, and of other days with the date', () => {
    assert.equal(momentText(now - 360_000, now), '13:57:12, 6 min ago')
    assert.match(momentText(now - 90_000_000, now), /^2026-01-01 13:03:12, 25 h ago$/)
  })
})

describe('a moment that is kept', () => {
  const present = Date.parse(at(100))
  const edge = { revision: 4, at: at(4) }
  const session = (known: typeof edge | undefined) => {
    const asked: Stretch[] = []
    const past = {
      edge: async () => known,
      recording: async (stretch: Stretch) => {
        asked.push(stretch)
        return Readable.from(story().map((line) => Buffer.from(`${JSON.stringify(line)}\n`)))
      },
    }
    return { asked, session: { past: past as unknown as Past, namespace: 'default' } }
  }

  it('is the last revision up to a time', async () => {
    const of = (time: string) =>
      thenOf(session(edge).session, { time: Date.parse(time) }, present).then(
        ({ revision }) => revision,
      )
    assert.deepEqual(await Promise.all([at(7), at(9), at(50)].map(of)), [7, 9, 12])
    assert.equal(await of('2026-01-01T12:00:05.999Z'), 5)
  })

  it('is a revision with its time', async () => {
    const { session: open, asked } = session(edge)
    const then = await thenOf(open, { revision: 4 }, present)
    assert.deepEqual(then, { revision: 4, time: Date.parse(at(4)) })
    assert.deepEqual(asked, [{ namespace: 'default', from: 4, until: 4 }])
  })

  it('is refused before history begins, saying where that is', async () => {
    const { session: open } = session(edge)
    const begins = /history begins at r4, \S+ ?\S*:04, 96 s ago$/
    await assert.rejects(thenOf(open, { revision: 3 }, present), begins)
    await assert.rejects(thenOf(open, { time: Date.parse(at(3)) }, present), begins)
    await assert.rejects(thenOf(open, { time: present + 1 }, present), /still to come/)
  })

  it('is a revision on other servers, which know no times and keep them for minutes', async () => {
    const { session: open } = session(undefined)
    assert.deepEqual(await thenOf(open, { revision: 3 }, present), { revision: 3, time: undefined })
    await assert.rejects(thenOf(open, { time: present }, present), /does not tell what was when/)
    const words = goneInWords(new ApiError(410, 'Expired', 'too old'), 3)
    assert.match(String(words), /no longer keeps what was at r3/)
  })
})
