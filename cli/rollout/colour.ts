/** Tones as the terminal's own colours; without colours as plain text. */

import type { Line, Tone } from './line.ts'
import { textOf } from './line.ts'

const codes: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  faint: '2',
  good: '32',
  warning: '33',
  bad: '31;1',
  past: '7',
}

export const painted = (pieces: Line, colours: boolean): string =>
  colours
    ? pieces
        .map(({ text, tone }) =>
          codes[tone] === '' || text === '' ? text : `\x1b[${codes[tone]}m${text}\x1b[0m`,
        )
        .join('')
    : textOf(pieces)

/** As https://no-color.org asks: any value that is not empty. */
export const wantsColours = (env: Record<string, string | undefined>): boolean =>
  !env.NO_COLOR && env.TERM !== 'dumb'
