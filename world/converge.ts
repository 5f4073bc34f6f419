/** Lets a World run until nothing moves, and says what moves where it never ends. */

import { type Kind, kindKey } from '../controllers/framework/index.ts'
import { drain, type VirtualClock } from '../ports/virtual-clock.ts'
import type { LogEntry, WorldLog } from './log.ts'
import { WorldError } from './world-error.ts'

/** So long nothing may change, in virtual milliseconds. */
const quiet = 60_000
/** Writes after which something goes round in circles. */
const maxWrites = 20_000

export interface Convergence {
  clock: VirtualClock
  /** Milliseconds. */
  within: number
  log: WorldLog
  problems: readonly { process: string; error: unknown }[]
  /** Throws what has gone wrong meanwhile. */
  check(): void
}

export async function converge(convergence: Convergence): Promise<void> {
  const { clock, within, log, check } = convergence
  const begin = clock.monotonic()
  const moves: LogEntry[] = []
  let movedAt = begin
  const end = log.follow((entry) => {
    if (isHeartbeat(entry)) return
    moves.push(entry)
    movedAt = clock.monotonic()
  })
  try {
    await drain()
    for (;;) {
      check()
      if (moves.length > maxWrites)
        throw new WorldError(restless(convergence, moves, `after ${maxWrites} writes`))
      const next = clock.next()
      if (next === undefined || clock.monotonic() + next > movedAt + quiet) return
      if (clock.monotonic() + next > begin + within)
        throw new WorldError(restless(convergence, moves, `after ${within / 1_000} s`))
      await clock.advance(next)
    }
  } finally {
    end()
  }
}

/** What is written again and again without meaning that anything changes. */
function isHeartbeat({ kind, ref, by, before, after }: LogEntry): boolean {
  if (kind.plural === 'leases' || kind.plural === 'events') return true
  if (kind.plural !== 'nodes' || by !== 'nodes' || !before || !after) return false
  return ref.name !== '' && withoutTimes(before) === withoutTimes(after)
}

const times = new Set(['resourceVersion', 'managedFields', 'lastHeartbeatTime'])
const withoutTimes = (object: object): string =>
  JSON.stringify(object, (field, value) => (times.has(field) ? undefined : value))

function restless({ problems }: Convergence, moves: LogEntry[], when: string): string {
  const counts = new Map<string, number>()
  for (const { by, type, kind, ref } of moves.slice(-1_000)) {
    const what = `${by} ${type} ${nameOf(kind, ref)}`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  const hot = [...counts].sort(([, a], [, b]) => b - a).slice(0, 5)
  const last = moves
    .slice(-10)
    .map(({ by, type, kind, ref, position }) => `  ${position} ${by} ${type} ${nameOf(kind, ref)}`)
  const wrong = problems.slice(-5).map(({ process, error }) => `  ${process}: ${error}`)
  return [
    `the World does not come to rest ${when}.`,
    'What is written most:',
    ...hot.map(([what, count]) => `  ${count} x ${what}`),
    'The last writes:',
    ...last,
    ...(wrong.length > 0 ? ['What processes have reported last:', ...wrong] : []),
  ].join('\n')
}

const nameOf = (kind: Kind, { namespace, name }: { namespace?: string; name: string }): string =>
  `${kindKey(kind).split('/').at(-1)} ${namespace === undefined ? '' : `${namespace}/`}${name}`
