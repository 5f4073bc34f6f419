/**
 * The bar that shows how a rollout stands to its bounds: available pods first, so that they can be compared with the
 * floor, then those on their way, up to the ceiling; pods that end stand beyond it, because they do not count. Pure.
 */

import type { Gauge } from '../../rollouts/progress.ts'
import { type Line, line, type Piece, piece, type Tone, widthOf } from './line.ts'

/** Cells a pod gets where there is room. */
const mostCells = 4
/** Terminating pods that are drawn; the number is said in words anyway. */
const mostTerminating = 12

interface Segment {
  count: number
  sign: string
  tone: Tone
}

const segmentsOf = (gauge: Gauge): Segment[] => [
  { count: gauge.oldAvailable, sign: '#', tone: 'plain' },
  { count: gauge.newAvailable, sign: '=', tone: 'good' },
  { count: gauge.newStarting, sign: '~', tone: 'warning' },
  { count: gauge.oldUnready, sign: '-', tone: 'bad' },
]

/** The bar, and below it what its signs mean. */
export function gaugeLines(gauge: Gauge, width: number): Line[] {
  const [long, short] = [legend(gauge), briefLegend(gauge)]
  return [bar(gauge, width), line(widthOf(long) <= width ? long : short, 'faint')]
}

function bar(gauge: Gauge, width: number): Line {
  const segments = segmentsOf(gauge)
  const present = segments.reduce((sum, { count }) => sum + count, 0)
  // Somebody else's pods, or bounds that were narrowed: the bar must still hold them.
  const total = Math.max(gauge.ceiling, present, 1)
  const terminating = Math.min(gauge.terminating, mostTerminating)
  const room = Math.max(10, width - 4 - (terminating > 0 ? terminating + 1 : 0))
  const scale = Math.min(mostCells, room / total)
  const cell = (pods: number): number => Math.round(pods * scale)
  const pieces: Piece[] = []
  let at = 0
  for (const { count, sign, tone } of [
    ...segments,
    { count: total - present, sign: '.', tone: 'faint' } as const,
  ]) {
    pieces.push({ text: sign.repeat(cell(at + count) - cell(at)), tone })
    at += count
  }
  const marks = new Map([[cell(gauge.floor), '|']])
  if (gauge.ceiling < total) marks.set(cell(gauge.ceiling), ']')
  return [
    piece('['),
    ...marked(pieces, marks),
    piece(gauge.ceiling < total ? ')' : ']'),
    ...(terminating > 0 ? [piece(` ${'x'.repeat(terminating)}`, 'faint')] : []),
  ]
}

/** Puts signs between cells: before the cell of that number. A mark at 0 says nothing. */
function marked(pieces: readonly Piece[], marks: ReadonlyMap<number, string>): Piece[] {
  const result: Piece[] = []
  let at = 0
  for (const { text, tone } of pieces)
    for (const sign of text) {
      const mark = at > 0 ? marks.get(at) : undefined
      if (mark) result.push({ text: mark, tone: 'strong' })
      const last = result.at(-1)
      if (last && last.tone === tone && !mark) last.text += sign
      else result.push({ text: sign, tone })
      at++
    }
  const end = at > 0 ? marks.get(at) : undefined
  return end ? [...result, { text: end, tone: 'strong' }] : result
}

function legend(gauge: Gauge): string {
  const parts = [
    `# ${gauge.oldAvailable} old available`,
    ...(gauge.oldUnready > 0 ? [`- ${gauge.oldUnready} old not ready`] : []),
    `= ${gauge.newAvailable} new available`,
    ...(gauge.newStarting > 0 ? [`~ ${gauge.newStarting} new starting`] : []),
    ...(gauge.terminating > 0 ? [`x ${gauge.terminating} terminating, not counted`] : []),
    `| floor ${gauge.floor}`,
    `] ceiling ${gauge.ceiling}`,
  ]
  return parts.join('  ')
}

const briefLegend = (gauge: Gauge): string =>
  `#${gauge.oldAvailable} -${gauge.oldUnready} old =${gauge.newAvailable} ~${gauge.newStarting} new x${gauge.terminating} |${gauge.floor} ]${gauge.ceiling}`
