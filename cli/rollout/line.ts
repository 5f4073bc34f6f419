/** Lines of a screen as words with a tone each, cut and wrapped by their width in cells. Pure; colours come later. */

import stringWidth from 'string-width'

/** `past`: what is shown is over. */
export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'warning' | 'bad' | 'past'

export interface Piece {
  text: string
  tone: Tone
}

export type Line = readonly Piece[]

export const piece = (text: string, tone: Tone = 'plain'): Piece => ({ text: clean(text), tone })

export const line = (text: string, tone: Tone = 'plain'): Line => [piece(text, tone)]

export const textOf = (pieces: Line): string => pieces.map(({ text }) => text).join('')

export const widthOf = (text: string): number => stringWidth(text)

/** What others wrote must not move the cursor: control characters become spaces. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The beginning of a text that fills at most so many cells; `~` stands for what is left out. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width <= 0) return ''
  return `${beginning(text, width - 1)}~`
}

function beginning(text: string, width: number): string {
  let [kept, used] = ['', 0]
  for (const { segment } of segmenter.segment(text)) {
    used += widthOf(segment)
    if (used > width) break
    kept += segment
  }
  return kept
}

/** A line that is not wider than the screen. */
export function fit(pieces: Line, width: number): Line {
  const kept: Piece[] = []
  let left = width
  for (const each of pieces) {
    if (left <= 0) break
    const text = cut(each.text, left)
    kept.push({ ...each, text })
    left -= widthOf(text)
  }
  return kept
}

/** A text in lines of at most `width` cells, broken at spaces where there are any; later lines are indented. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of clean(text).split(/ +/).filter(Boolean)) {
    let rest = word
    const joined = current.trim() === '' ? current + rest : `${current} ${rest}`
    if (widthOf(joined) <= width) {
      current = joined
      continue
    }
    if (current.trim() !== '') lines.push(current)
    current = lines.length === 0 ? '' : indent
    while (rest !== '' && widthOf(current + rest) > width) {
      const head = beginning(rest, Math.max(1, width - widthOf(current))) || rest
      lines.push(current + head)
      rest = rest.slice(head.length)
      current = indent
    }
    current += rest
  }
  if (current.trim() !== '') lines.push(current)
  return lines
}
