/** Says why a World does not come to rest: who writes what again and again. */

import { time } from '../ports/clock.ts'
import type { LogEntry, WorldLog } from './log.ts'
import type { RunUnderWay } from './runs.ts'
import { WorldError } from './world-error.ts'

/** What processes have reported, the newest last. */
export type Problems = readonly { process: string; error: unknown }[]

/** One object may be written so often while the clock stands still. */
const maxWritesAtOnce = 1_000
/** The writes that are looked at to find what is written most. */
const recent = 1_000

/** What is written again and again without meaning that anything changes: leases, Events, the time in a node's status. */
export function isHeartbeat({ kind, by, before, after }: LogEntry): boolean {
  if (kind.plural === 'leases' || kind.plural === 'events') return true
  if (kind.plural !== 'nodes' || by !== 'nodes' || !before || !after) return false
  return withoutTimes(before) === withoutTimes(after)
}

const times = new Set(['resourceVersion', 'managedFields', 'lastHeartbeatTime'])
const withoutTimes = (object: object): string =>
  JSON.stringify(object, (field, value) => (times.has(field) ? undefined : value))

/** @param when the end of the first sentence */
export function unrest(moves: readonly LogEntry[], problems: Problems, when: string): WorldError {
  const counts = new Map<string, number>()
  for (const entry of moves.slice(-recent)) {
    const what = describe(entry)
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 5)
  const last = moves.slice(-10).map((entry) => `  ${entry.position} ${describe(entry)}`)
  const wrong = problems.slice(-5).map(({ process, error }) => `  ${process}: ${error}`)
  return new WorldError(
    [
      `the World does not come to rest ${when}.`,
      ...(last.length === 0
        ? ['Nothing is written, but timers go on.']
        : [
            'What is written most:',
            ...most.map(([what, count]) => `  ${count} x ${what}`),
            'The last writes:',
            ...last,
          ]),
      ...(wrong.length > 0 ? ['What processes have reported last:', ...wrong] : []),
    ].join('\n'),
  )
}

/** More of them are counted only. */
const named = 10

/** @param runs that wait for what nothing in the World will bring */
export function neverSettled(runs: readonly RunUnderWay[]): WorldError {
  const lines = runs
    .slice(0, named)
    .map(
      ({ controller, key: { namespace, name }, since }) =>
        `  ${controller} ${namespace ? `${namespace}/` : ''}${name}, since ${time(since)}`,
    )
  return new WorldError(
    [
      'the World is at rest but for runs that never settle: they wait neither for an answer nor for the clock.',
      'Under way:',
      ...lines,
      ...(runs.length > named ? [`  and ${runs.length - named} more`] : []),
    ].join('\n'),
  )
}

const describe = ({ by, type, kind, ref: { namespace, name } }: LogEntry): string =>
  `${by} ${type} ${kind.plural} ${namespace === undefined ? '' : `${namespace}/`}${name}`

/** Calls `found` once, where one object is written without end and without any time passing. @returns ends it */
export function watchForLoops(
  log: WorldLog,
  problems: Problems,
  found: (error: WorldError) => void,
): () => void {
  let at = Number.NaN
  const counts = new Map<string, number>()
  return log.follow((entry) => {
    if (entry.at !== at) counts.clear()
    at = entry.at
    const count = (counts.get(entry.key) ?? 0) + 1
    counts.set(entry.key, count)
    if (count === maxWritesAtOnce)
      found(unrest(log.entries, problems, 'and no time passes: it goes round in circles'))
  })
}
