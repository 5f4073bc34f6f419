import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { progressOf } from '../../rollouts/progress.ts'
import { snapshot, timedOut, waiting } from '../../rollouts/testing/sketch.ts'
import { displayFor } from './display.ts'
import type { View } from './layout.ts'
import { FakeTerminal } from './testing/fake-terminal.ts'

const underWay = progressOf(snapshot({ pods: [waiting('ErrImagePull', 'not found')] }))
const failed = progressOf(snapshot({ status: timedOut }))
const view = (watched: string, progress = underWay): View => ({
  progress,
  watched,
  link: undefined,
})

/** What is written to standard output, on a terminal or not. */
class Output {
  text = ''
  readonly clock = new VirtualClock()
  readonly terminal = new FakeTerminal()
  readonly display

  constructor({ isTTY = false, json = false, env = {} as Record<string, string> }) {
    const stream = (write: (text: string) => void) =>
      ({ isTTY, write }) as unknown as NodeJS.WriteStream
    const out = stream((text) => {
      this.text += text
    })
    const err = stream((text) => {
      this.errors += text
    })
    const quit = () => {}
    const context = { out, err, env, clock: this.clock }
    this.display = displayFor(context, { json, quit, terminal: this.terminal.terminal })
  }
  errors = ''

  /** What was drawn on the screen, a text a time. */
  get drawn(): string[] {
    return this.terminal.written.slice(1)
  }
}

describe('the display of a rollout', () => {
  const outputs: Output[] = []
  const output = (options: ConstructorParameters<typeof Output>[0]) => {
    const made = new Output(options)
    outputs.push(made)
    return made
  }
  afterEach(() => {
    for (const { terminal } of outputs.splice(0)) terminal.remove()
  })

  it('draws a terminal no more than five times a second, and the latest at the end', async () => {
    const { display, clock, terminal } = output({ isTTY: true })
    for (let n = 0; n < 100; n++) {
      display.show(view(`view ${n}.`))
      await clock.advance(10)
    }
    await clock.advance(200)
    const draws = terminal.written.slice(1)
    assert.ok(draws.length <= 6, `${draws.length} draws in a second`)
    assert.match(draws.at(-1) ?? '', /view 99\./)
    display.end(view('end'), 0)
  })

  it('writes only what has changed on the screen', async () => {
    const made = output({ isTTY: true })
    made.display.show(view('1 s'))
    await made.clock.advance(200)
    made.display.show(view('2 s'))
    await made.clock.advance(200)
    assert.match(made.drawn[0] ?? '', /web-new-0/)
    assert.doesNotMatch(made.drawn.at(-1) ?? '', /web-new-0/)
    made.display.end(view('end'), 0)
  })

  it('leaves one line on the ordinary screen, and the reasons of a failure', () => {
    const good = output({ isTTY: true })
    good.display.show(view('1 s'))
    good.display.end(view('2 s'), 0)
    assert.equal(good.text.trimEnd().split('\n').length, 1)
    const bad = output({ isTTY: true })
    bad.display.show(view('1 s', failed))
    bad.display.end(view('2 s', failed), 2)
    assert.match(bad.text, /\n {2}deployment\/web spec\.progressDeadlineSeconds: no progress for/)
  })

  it('has colours on a terminal unless NO_COLOR says otherwise', () => {
    const colours = (env: Record<string, string>) => {
      const made = output({ isTTY: true, env })
      made.display.show(view('1 s'))
      made.display.end(undefined, 0)
      return made.drawn.join('').includes('\x1b[0m')
    }
    assert.deepEqual([colours({}), colours({ NO_COLOR: '1' })], [true, false])
  })

  it('is lines where there is no terminal, a dumb one, or a program that listens', () => {
    for (const options of [
      {},
      { isTTY: true, env: { TERM: 'dumb' } },
      { isTTY: true, json: true },
    ]) {
      const made = output(options)
      made.display.show(view('1 s'))
      made.display.show(view('2 s'))
      assert.equal(made.text.split('\n').length, 2, 'one line for two views that say the same')
      assert.equal(made.terminal.written.length, 0)
    }
  })

  it('tells of a lost connection once, beside the lines', () => {
    const made = output({})
    for (const watched of ['1 s', '2 s'])
      made.display.show({ ...view(watched), link: 'reconnecting: refused' })
    assert.equal(made.errors, 'tiphys: reconnecting: refused\n')
  })
})
