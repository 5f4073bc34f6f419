/**
 * What an app's status remembers of its revisions, and how that changes: a revision is begun, comes up, fails, gives way.
 * All that a controller knows is in here, so that one which has just started goes on where another was stopped. Pure.
 */

import type { Entry, LastGood, Status } from './kind.ts'
import type { Release } from './release.ts'

export interface Memory {
  /** The number of the revision that pods are made of. */
  readonly revision?: number | undefined
  readonly lastGood?: LastGood | undefined
  /** By number, ascending. */
  readonly history: readonly Entry[]
}

export const memoryOf = ({ revision, lastGood, history = [] }: Status = {}): Memory => ({
  revision,
  lastGood,
  history: [...history].sort((one, other) => one.revision - other.revision),
})

/** What the cluster shows of the revision that runs. */
export type Verdict = { state: 'rolling' } | { state: 'up' } | { state: 'failed'; message: string }

export const runningEntry = ({ history, revision }: Memory): Entry | undefined =>
  history.find((entry) => entry.revision === revision)

/** The revision that failed last, as long as nothing newer was begun. */
export function lastFailure({ history }: Memory): Entry | undefined {
  const latest = history.at(-1)
  return latest?.outcome === 'Failed' ? latest : undefined
}

/** Notes how the running revision fares. The same memory when that is nothing new. */
export function settled(
  memory: Memory,
  running: Release | undefined,
  verdict: Verdict,
  progressDeadlineSeconds: number,
): Memory {
  const entry = runningEntry(memory)
  if (!entry) return memory
  if (verdict.state === 'up' && entry.outcome !== 'Good' && running) {
    const { message: _, progressDeadlineSeconds: __, ...rest } = entry
    const { revision } = entry
    return { ...noted(memory, { ...rest, outcome: 'Good' }), lastGood: { revision, ...running } }
  }
  if (verdict.state === 'failed' && entry.outcome === 'RollingOut') {
    const { message } = verdict
    return noted(memory, { ...entry, outcome: 'Failed', message, progressDeadlineSeconds })
  }
  return memory
}

export interface Wish {
  /** `undefined` while nobody can say which digest it is. */
  readonly release: Release | undefined
  readonly progressDeadlineSeconds: number
  /** RFC 3339. */
  readonly now: string
}

/**
 * Which revision pods shall be made of. A release that has failed is not begun again until the digest, the settings or
 * the deadline is another; the last good one runs instead, under its own number. The same memory when nothing changes.
 */
export function chosen(memory: Memory, { release, now, progressDeadlineSeconds }: Wish): Memory {
  if (!release) return returned(memory)
  const running = runningEntry(memory)
  if (running?.release === release.release && running.outcome !== 'Failed') return memory
  if (memory.lastGood?.release === release.release)
    return turnedTo(memory, memory.lastGood.revision)
  const failure = lastFailure(memory)
  const again =
    failure?.release === release.release &&
    failure.progressDeadlineSeconds === progressDeadlineSeconds
  if (again) return returned(memory)
  const revision =
    1 + Math.max(0, memory.lastGood?.revision ?? 0, memory.history.at(-1)?.revision ?? 0)
  const entry: Entry = {
    revision,
    digest: release.digest,
    release: release.release,
    startedAt: now,
    outcome: 'RollingOut',
  }
  return turnedTo({ ...memory, history: [...memory.history, entry] }, revision)
}

/** A failed revision gives way to the last good one, if there ever was one. */
function returned(memory: Memory): Memory {
  const failed = runningEntry(memory)?.outcome === 'Failed'
  return failed && memory.lastGood ? turnedTo(memory, memory.lastGood.revision) : memory
}

/** Runs another revision; the one before has come to nothing if it was still rolling out. */
function turnedTo(memory: Memory, revision: number): Memory {
  if (memory.revision === revision) return memory
  const before = runningEntry(memory)
  const left =
    before?.outcome === 'RollingOut' ? noted(memory, { ...before, outcome: 'Superseded' }) : memory
  return { ...left, revision }
}

const noted = (memory: Memory, entry: Entry): Memory => ({
  ...memory,
  history: memory.history.map((each) => (each.revision === entry.revision ? entry : each)),
})

/** Forgets all but so many past revisions; never the running, the last good or the latest one. */
export function bounded(memory: Memory, limit: number): Memory {
  const kept = new Set([
    memory.revision,
    memory.lastGood?.revision,
    memory.history.at(-1)?.revision,
  ])
  const past = memory.history.filter(({ revision }) => !kept.has(revision))
  const forgotten = new Set(past.slice(0, Math.max(0, past.length - limit)))
  if (forgotten.size === 0) return memory
  return { ...memory, history: memory.history.filter((entry) => !forgotten.has(entry)) }
}
