/** `tiphys rollout watch --once`: how a rollout stands, or stood, on one page; it waits for nothing. */

import { time } from '../../ports/clock.ts'
import { type Progress, progressOf } from '../../rollouts/progress.ts'
import type { Context } from '../context.ts'
import { write } from './diff.ts'
import { readPods, readSets } from './family.ts'
import { inquire } from './inquiry.ts'
import { jsonLine } from './journal.ts'
import { layout } from './layout.ts'
import type { Line } from './line.ts'
import { type Look, type LookFlags, withLook } from './look.ts'
import { deploymentNamed } from './target.ts'
import { endOf } from './verdict.ts'

export interface GlanceFlags extends LookFlags {
  output?: 'jsonl'
}

/** Cells of a line where there is no terminal. */
const pageWidth = 100
/** Lines of a page: what there is. */
const endless = 100_000

/** The exit code is that of a watch that ended here; 0 of one that would go on. */
export function glance(context: Context, words: string, flags: GlanceFlags): Promise<number> {
  const name = deploymentNamed(words)
  return withLook(context, flags, async (look) => {
    const progress = await progressNow(look, name)
    const { out } = context
    if (flags.output === 'jsonl') out.write(`${jsonLine(progress, time(look.now))}\n`)
    else write(context, [...look.lead, ...pageOf(progress, out.columns)])
    return endOf(progress, {}) ?? 0
  })
}

const pageOf = (progress: Progress, width = pageWidth): Line[] =>
  layout({ progress, link: undefined }, { width, height: endless })

/** With what the pod that is blamed tells itself. */
export async function progressNow(look: Look, name: string): Promise<Progress> {
  const { now } = look
  const { deployment, replicaSets } = await readSets(look, name)
  const pods = await readPods(look, deployment)
  const snapshot = { deployment, replicaSets, pods, now }
  const first = progressOf(snapshot)
  const blamed = pods.find(
    ({ metadata }) => `pod/${metadata.name}` === first.explanation.because[0]?.object,
  )
  return blamed ? progressOf({ ...snapshot, ...(await inquire(look, blamed)) }) : first
}
