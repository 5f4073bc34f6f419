/** Where a watched rollout is shown: on the whole screen of a terminal, or as lines where there is none. */

import { time } from '../../ports/clock.ts'
import type { Context } from '../context.ts'
import { painted, wantsColours } from './colour.ts'
import { conclusion, Journal, journalLine, jsonLine } from './journal.ts'
import { layout, type View } from './layout.ts'
import { Screen, type Terminal } from './screen.ts'
import { exitCodes } from './verdict.ts'

export interface Display {
  show(view: View): void
  /** The last view; `code` is how the watch ends. */
  end(view: View | undefined, code: number): void
}

type DisplayContext = Pick<Context, 'out' | 'err' | 'env' | 'clock'>

export interface DisplayOptions {
  /** One JSON object a change. */
  json: boolean
  terminal: Terminal
  /** Somebody wants to see no more. */
  quit(): void
}

export function displayFor(context: DisplayContext, options: DisplayOptions): Display {
  const { out, env } = context
  if (!options.json && out.isTTY && env.TERM !== 'dumb') return new OnScreen(context, options)
  return new AsLines(context, options.json)
}

/** Milliseconds between two drawings of the screen. */
const frame = 200
class AsLines implements Display {
  readonly #context: DisplayContext
  readonly #json: boolean
  readonly #journal = new Journal()
  #link: string | undefined

  constructor(context: DisplayContext, json: boolean) {
    this.#context = context
    this.#json = json
  }

  show({ progress, link }: View): void {
    if (link && link !== this.#link) this.#context.err.write(`tiphys: ${link}\n`)
    this.#link = link
    if (!this.#journal.isNew(progress)) return
    const { out, clock } = this.#context
    const text = this.#json ? jsonLine : journalLine
    out.write(`${text(progress, time(clock.now()))}\n`)
  }

  end(view: View | undefined, code: number): void {
    if (this.#json) return
    const { out } = this.#context
    if (view && code === exitCodes.failed) out.write(`${conclusion(view.progress).join('\n')}\n`)
    if (code === exitCodes.timeout) out.write(`${timeoutText}\n`)
  }
}

const timeoutText = 'Watched for as long as --timeout says; the rollout goes on without a witness.'

class OnScreen implements Display {
  readonly #context: DisplayContext
  readonly #screen: Screen
  #view: View | undefined
  #cancel: (() => void) | undefined

  constructor(context: DisplayContext, { terminal, quit }: DisplayOptions) {
    this.#context = context
    this.#screen = new Screen(terminal, { quit, resized: () => this.#draw() })
    this.#screen.open()
  }

  /** The first at once; then at most one a frame, always the latest. */
  show(view: View): void {
    const first = this.#view === undefined
    this.#view = view
    if (first) this.#draw()
    this.#cancel ??= this.#context.clock.after(frame, () => {
      this.#cancel = undefined
      this.#draw()
    })
  }

  end(view: View | undefined, code: number): void {
    this.#cancel?.()
    this.#screen.close()
    if (!view) return
    const { out, clock } = this.#context
    // What remains on the ordinary screen is how it ended.
    out.write(`${journalLine(view.progress, time(clock.now()))}\n`)
    if (code === exitCodes.failed) out.write(`${conclusion(view.progress).join('\n')}\n`)
    if (code === exitCodes.timeout) out.write(`${timeoutText}\n`)
  }

  #draw(): void {
    if (!this.#view) return
    const colours = wantsColours(this.#context.env)
    const lines = layout(this.#view, this.#screen.size)
    this.#screen.draw(lines.map((pieces) => painted(pieces, colours)))
  }
}
