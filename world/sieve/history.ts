/** How often each object came and went; a wrong deletion that was mended afterwards shows here and nowhere else. */

import type { LogEntry } from '../log.ts'
import { isChatter, labelOf } from './canonical.ts'
import { subjectOf } from './head.ts'

export interface Totals {
  created: number
  deleted: number
}

/** By label; objects whose names were drawn count together. */
export function totalsOf(log: readonly LogEntry[]): Map<string, Totals> {
  const totals = new Map<string, Totals>()
  for (const entry of log) {
    if (entry.type === 'updated' || isChatter(entry.kind)) continue
    const label = labelOf(subjectOf(entry))
    const known = totals.get(label) ?? { created: 0, deleted: 0 }
    totals.set(label, { ...known, [entry.type]: known[entry.type] + 1 })
  }
  return totals
}

/** From here on the object is gone, or goes. */
export const endsLife = ({ type, before, after }: LogEntry): boolean =>
  (type === 'deleted' && !before?.metadata.deletionTimestamp) ||
  (type === 'updated' && !before?.metadata.deletionTimestamp && !!after?.metadata.deletionTimestamp)
