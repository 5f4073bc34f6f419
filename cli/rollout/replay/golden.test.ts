import assert from 'node:assert/strict'
import { goldenLines } from '../../../recordings/testing/goldens.ts'
import { progressOf } from '../../../rollouts/progress.ts'
import { textOf, widthOf } from '../line.ts'
import { playerAt, press } from './player.ts'
import { replayLayout } from './replay-layout.ts'
import { type Tape, tapeOf, trackOf } from './tape.ts'

const sizes = [
  { width: 80, height: 24 },
  { width: 40, height: 15 },
  { width: 200, height: 50 },
]

/** What is read on the way from one stop to the next, of each recording. */
const stops: Record<string, RegExp[]> = {
  good: [/created with web:1/, /complete: web:1/, /image web 1 -> 2/, /complete: web:2/],
  'bad-image': [/created/, /image web:1 -> web\.invalid/, /Failed to pull image/, /RolloutStuck/],
  'crash-loop': [/created/, /image/, /RolloutStuck/, /restarted main/, /no progress/],
  undo: [/created/, /image web:1 -> web\.invalid/, /image web\.invalid\S* -> web:1/, /complete/],
}

describe('a replay of what has really been', () => {
  for (const [name, expected] of Object.entries(stops))
    describe(name, () => {
      let tape: Tape
      before(async () => {
        tape = await tapeOf(await goldenLines(name))
      })

      it('stops at what was worth it, in order', () => {
        const track = trackOf(tape)
        const seen: string[] = []
        for (let player = playerAt(track, 0); ; ) {
          const { revision } = tape.moments[player.index]!
          seen.push(...tape.marks.flatMap((mark) => (mark.revision === revision ? mark.text : [])))
          const next = press(player, 'shift-right', track)
          if (next.index === player.index) break
          player = next
        }
        let from = 0
        for (const text of expected) {
          const at = seen.findIndex((each, index) => index >= from && text.test(each))
          assert.ok(at >= 0, `${text} after ${from} in ${seen.join('\n')}`)
          from = at + 1
        }
      })

      it('fits every screen at every moment', () => {
        const track = trackOf(tape)
        for (const [index, { revision }] of tape.moments.entries()) {
          const snapshot = tape.timeline.at(revision)?.snapshotOf(tape)
          for (const size of sizes) {
            const lines = replayLayout(
              {
                track,
                player: playerAt(track, index),
                revision,
                progress: snapshot && progressOf(snapshot),
                title: 'default/web',
                mark: tape.marks.findLast((each) => each.revision <= revision)?.text,
                now: track.times.at(-1)!,
              },
              size,
            ).map(textOf)
            assert.equal(lines.length, size.height)
            assert.ok(lines.every((line) => widthOf(line) <= size.width))
            assert.match(lines[0] ?? '', /^ viewing \d/)
          }
        }
      })
    })
})
