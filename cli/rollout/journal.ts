/** A rollout for logs: one line a change, with its time, only ever added. Pure but for the writing. */

import type { Progress } from '../../rollouts/progress.ts'
import { clean } from './line.ts'

/** What is different in a line that is worth a line. */
const partsOf = ({ outcome, explanation, gauge, revisions }: Progress) => {
  const newest = revisions.find((revision) => revision.newest)
  const { oldAvailable, oldUnready, newAvailable, newStarting, terminating } = gauge
  const counts = [
    `new ${newAvailable} of ${gauge.desired} available`,
    ...(newStarting > 0 ? [`${newStarting} starting`] : []),
    ...(oldAvailable + oldUnready > 0 ? [`old ${oldAvailable} available`] : []),
    ...(oldUnready > 0 ? [`${oldUnready} not ready`] : []),
    ...(terminating > 0 ? [`${terminating} terminating`] : []),
  ]
  return { outcome, newest, counts: counts.join(', '), verdict: explanation.verdict }
}

/** Two that say the same are one change; which of several pods is waited for makes no difference. */
const keyOf = (progress: Progress): string => {
  const { outcome, newest, counts, verdict } = partsOf(progress)
  const { severity, code } = progress.explanation
  return JSON.stringify([outcome, newest?.hash, counts, severity === 'info' ? code : verdict])
}

/** `14:03:12Z default/web 7d9f  new 1 of 3 available, 1 starting: ...` */
export function journalLine(progress: Progress, time: string): string {
  const { newest, counts, verdict } = partsOf(progress)
  const { namespace, name } = progress
  return clean(`${time} ${namespace}/${name} ${newest?.hash ?? '-'}  ${counts}: ${verdict}`)
}

/** One object a line, for programs. */
export function jsonLine(progress: Progress, time: string): string {
  const { namespace, name, outcome, explanation, gauge, revisions } = progress
  return JSON.stringify({
    time,
    namespace,
    name,
    outcome,
    ...explanation,
    gauge,
    revisions: revisions.map(({ pods, ...revision }) => ({
      ...revision,
      pods: pods.map(({ uid: _, ...pod }) => pod),
    })),
  })
}

/** What to do and why, below the last line of a rollout that did not go well. */
export const conclusion = ({ explanation }: Progress): string[] =>
  [
    ...explanation.because.flatMap(({ object, field, message }) => {
      const [first = '', ...more] = message.split('\n')
      return more.length > 0
        ? [`  ${object} ${field}:`, ...[first, ...more].map((text) => `    ${text}`)]
        : [`  ${object} ${field}: ${first}`]
    }),
    `  -> ${explanation.next}`,
  ].map(clean)

/** Tells which of many views differ from the one before. */
export class Journal {
  #last = ''

  isNew(progress: Progress): boolean {
    const key = keyOf(progress)
    if (key === this.#last) return false
    this.#last = key
    return true
  }
}
