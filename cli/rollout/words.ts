/** An explanation as lines of text. Pure. */

import type { Explanation } from '../../rollouts/explanation.ts'
import { type Line, line, type Tone } from './line.ts'

const tones: Readonly<Record<Explanation['severity'], Tone>> = {
  ok: 'good',
  info: 'strong',
  warning: 'warning',
  error: 'bad',
}

export const explanationLines = ({ verdict, severity, because, next }: Explanation): Line[] => [
  line(verdict, tones[severity]),
  ...because.flatMap(({ object, field, message }) => evidenceLines(`${object} ${field}`, message)),
  ...(severity === 'ok' ? [] : [line(`  -> ${next}`)]),
]

/** A message of several lines stands below its place. */
export function evidenceLines(place: string, message: string): Line[] {
  const lines = message.split('\n')
  return lines.length > 1
    ? [line(`  ${place}:`, 'faint'), ...lines.map((text) => line(`    ${text}`))]
    : [line(`  ${place}: ${message}`, 'faint')]
}
