import assert from 'node:assert/strict'
import { VirtualClock } from '../../../ports/virtual-clock.ts'
import type { Context } from '../../context.ts'
import { type Line as ScreenLine, textOf, widthOf } from '../line.ts'
import { FakeTerminal } from '../testing/fake-terminal.ts'
import { Playback } from './playback.ts'
import { playerAt } from './player.ts'
import { replayLayout, type Scene } from './replay-layout.ts'
import { type Tape, tapeOf, trackOf } from './tape.ts'
import { at, story } from './testing/story.ts'

const now = Date.parse(at(372))

describe('a replay on a terminal', () => {
  let clock: VirtualClock
  let terminal: FakeTerminal
  let ended: Promise<number>
  let abort: AbortController
  let screen: string[]

  beforeEach(async () => {
    clock = new VirtualClock(now)
    terminal = new FakeTerminal()
    abort = new AbortController()
    screen = []
    const tape = await tapeOf(story(), 'web')
    const out = terminal.out
    const context = { clock, signal: abort.signal, out, env: { NO_COLOR: '1' } }
    const player = playerAt(trackOf(tape), 0)
    const replay = new Playback(context as unknown as Context, tape, player, terminal.terminal)
    ended = replay.run()
  })
  afterEach(() => {
    abort.abort()
    terminal.remove()
  })

  /** What stands on the screen after all that was written. */
  function lines(): string[] {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how the cursor is moved
    const moves = terminal.written.join('').matchAll(/\x1b\[(\d+);1H\x1b\[K([^\x1b]*)/g)
    for (const [, row, text = ''] of moves) screen[Number(row) - 1] = text
    return screen
  }
  const type = (keys: string) => terminal.in.emit('data', Buffer.from(keys))

  it('says unmistakably that this is the past, and which', () => {
    assert.match(
      lines()[0] ?? '',
      /^ viewing \S* ?\d\d:00:04, 6 min 8 s ago {2}r4 {2}paused, 1x \/+$/,
    )
    assert.equal(lines()[0]?.length, 80)
    assert.equal(lines().length, 24)
  })

  it('goes where the keys say', () => {
    type('\x1b[C')
    assert.match(lines()[0] ?? '', / r5 /)
    assert.match(lines()[2] ?? '', /^> deployment\/web image web 1\.2 -> bad by kubectl set, alice/)
    type('\x1b[1;2C')
    assert.match(lines()[0] ?? '', / r8 /)
    type('\x1b[1;2D')
    assert.match(lines()[0] ?? '', / r5 /)
    type('\x1b[F')
    assert.match(lines()[0] ?? '', / r12 /)
    type('\x1b[H')
    assert.match(lines()[0] ?? '', / r4 /)
  })

  it('shows the rollout as it was', () => {
    type('\x1b[C\x1b[C\x1b[C')
    assert.match(lines().join('\n'), /web-new-1 {2}failing/)
    type('\x1b[F')
    assert.doesNotMatch(lines().join('\n'), /web-new-1/)
  })

  it('plays by the clock, faster and slower', async () => {
    type(' ')
    await clock.advance(1_000)
    assert.match(lines()[0] ?? '', / r5 {2}playing 1x/)
    type('+')
    await clock.advance(1_500)
    assert.match(lines()[0] ?? '', / r8 {2}playing 2x/)
    await clock.advance(5_000)
    assert.match(lines()[0] ?? '', / r12 {2}paused, 2x/)
  })

  it('goes on telling how long ago it was', async () => {
    await clock.advance(60_000)
    assert.match(lines()[0] ?? '', /7 min 8 s ago/)
  })

  it('gives the terminal back, however it ends, and leaves one line', async () => {
    type('q')
    assert.equal(await ended, 0)
    assert.equal(terminal.in.raw, false)
    assert.match(terminal.restored, /\[\?1049l$/)
    assert.match(terminal.written.at(-1) ?? '', /^default\/web at .* \(r4\): All 2 replicas/)
    assert.equal(clock.size, 0)
  })

  it('ends by a signal with a code of its own', async () => {
    abort.abort()
    assert.equal(await ended, 130)
    assert.equal(terminal.in.raw, false)
  })
})

describe('the screen of a replay', () => {
  let tape: Tape
  before(async () => {
    tape = await tapeOf(story(), 'web')
  })
  const scene = (change: Partial<Scene> = {}): Scene => ({
    track: trackOf(tape),
    player: playerAt(trackOf(tape), 4),
    revision: 8,
    progress: undefined,
    title: 'default/web',
    mark: undefined,
    now,
    ...change,
  })
  const texts = (lines: readonly ScreenLine[]) => lines.map(textOf)

  it('fits every terminal to the last line', () => {
    for (const width of [20, 40, 80, 200])
      for (const height of [3, 15, 24, 50]) {
        const lines = texts(replayLayout(scene(), { width, height }))
        assert.equal(lines.length, height)
        for (const line of lines) assert.ok(widthOf(line) <= width, line)
      }
  })

  it('shows where in the past it is', () => {
    const [, bar = ''] = texts(replayLayout(scene(), { width: 40, height: 15 }))
    assert.equal(bar.length, 40)
    assert.match(bar, /^\[=+\*=*O-+\]$/)
    const [, wide = ''] = texts(replayLayout(scene(), { width: 80, height: 24 }))
    assert.match(wide, /00:04 \[=+\*=*O-+\] .*00:12$/)
  })

  it('says when there was nothing yet', () => {
    const lines = texts(replayLayout(scene(), { width: 80, height: 24 }))
    assert.equal(lines[3], 'default/web was not there.')
  })
})
