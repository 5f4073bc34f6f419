/** `tiphys rollout history`: what a Deployment has been, one line a template. */

import { type Entry, historyOf } from '../../rollouts/history.ts'
import { span } from '../../rollouts/span.ts'
import type { Context } from '../context.ts'
import { table } from '../status.ts'
import { write } from './diff.ts'
import { eventsOf, readSets } from './family.ts'
import { clean } from './line.ts'
import { type LookFlags, withLook } from './look.ts'
import { deploymentNamed } from './target.ts'

export interface HistoryFlags extends LookFlags {
  output?: 'json'
}

export function history(context: Context, words: string, flags: HistoryFlags): Promise<number> {
  const name = deploymentNamed(words)
  return withLook(context, flags, async (look) => {
    const facts = await readSets(look, name)
    const { uid } = facts.deployment.metadata
    const events = await eventsOf(look, { kind: 'Deployment', name, uid })
    const entries = historyOf({ ...facts, events })
    const json = () =>
      `${JSON.stringify(
        entries.map(({ template: _, ...entry }) => entry),
        null,
        2,
      )}\n`
    if (flags.output !== 'json') write(context, look.lead)
    context.out.write(flags.output === 'json' ? json() : historyText(entries, look.now))
    return 0
  })
}

/** Pure. */
export function historyText(entries: readonly Entry[], now: number): string {
  if (entries.length === 0) return 'No template has been rolled out yet.\n'
  const rows = entries.map((entry) => [
    `${entry.hash}${entry.current ? ' *' : ''}`,
    String(entry.revision),
    entry.images.join(',') || '-',
    entry.cause,
    entry.author?.manager ?? '-',
    entry.began ? `${span(now - Date.parse(entry.began))} ago` : '-',
    entry.took === undefined ? '-' : span(entry.took),
    entry.outcome ?? '-',
  ])
  const head = ['TEMPLATE', 'REV', 'IMAGES', 'CHANGE', 'BY (inferred)', 'BEGAN', 'TOOK', 'OUTCOME']
  return `${table([head, ...rows.map((cells) => cells.map(clean))])}\n${notes(entries)}`
}

const notes = (entries: readonly Entry[]): string =>
  entries.some(({ outcome }) => outcome === undefined)
    ? '\n- : no longer known. How a rollout went stands in events, which the server keeps for about an hour.\n'
    : ''
