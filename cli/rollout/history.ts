/** `tiphys rollout history`: what a Deployment has been, one line a template. */

import { actorText } from '../../rollouts/actor.ts'
import { type Entry, historyOf } from '../../rollouts/history.ts'
import { span } from '../../rollouts/span.ts'
import type { Context } from '../context.ts'
import { table } from '../status.ts'
import { write } from './diff.ts'
import { eventsOf, readSets } from './family.ts'
import { clean } from './line.ts'
import { type LookFlags, withLook } from './look.ts'
import { momentText } from './replay/moment-text.ts'
import { deploymentNamed } from './target.ts'
import { versionsOf } from './versions.ts'

export interface HistoryFlags extends LookFlags {
  output?: 'json'
}

export function history(context: Context, words: string, flags: HistoryFlags): Promise<number> {
  const name = deploymentNamed(words)
  return withLook(context, flags, async (look) => {
    const facts = await readSets(look, name)
    const { uid } = facts.deployment.metadata
    const events = await eventsOf(look, { kind: 'Deployment', name, uid })
    const versions = await versionsOf(look, facts.deployment)
    const entries = historyOf({ ...facts, events, versions })
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
    authorOf(entry),
    beginOf(entry, now),
    entry.took === undefined ? '-' : span(entry.took),
    entry.outcome ?? '-',
  ])
  const head = ['TEMPLATE', 'REV', 'IMAGES', 'CHANGE', 'BY', 'BEGAN', 'TOOK', 'OUTCOME']
  return `${table([head, ...rows.map((cells) => cells.map(clean))])}\n${notes(entries)}`
}

function authorOf({ by, author }: Entry): string {
  if (by) return actorText(by)
  return author ? `${author.manager} (inferred)` : '-'
}

/** Exact where it is recorded. */
function beginOf({ by, began }: Entry, now: number): string {
  if (!began) return '-'
  const time = Date.parse(began)
  return by ? momentText(time, now) : `${span(now - time)} ago`
}

const notes = (entries: readonly Entry[]): string =>
  entries.some(({ outcome }) => outcome === undefined)
    ? '\n- : no longer known. How a rollout went stands in events, which the server keeps for about an hour.\n'
    : ''
