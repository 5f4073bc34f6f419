/** What one run has left behind: all that oracles, plans and reports are made from. */

import { createHash } from 'node:crypto'
import type { Kind } from '../../controllers/framework/index.ts'
import type { WorldRequest } from '../faults.ts'
import type { LogEntry } from '../log.ts'
import { canonicalEnd } from './canonical.ts'
import type { Notes } from './witness.ts'

/** One request of the process under test, numbered from one. */
export interface Asked {
  request: WorldRequest
  /** How many writes the log had when it was asked. */
  after: number
}

export interface Trace {
  /** Every write before the scenario began. */
  prologue: LogEntry[]
  /** Every write since the scenario began, of any process. */
  log: LogEntry[]
  /** Those of the process under test, what it asks about leases and events left out. */
  requests: Asked[]
  /** How many writes the log had when each step had had its effects. */
  settled: number[]
  /** What the process wrote when all keys were run once more at the end. */
  afterResync: LogEntry[]
  /** Why it did not come to rest. */
  unsettled: string | undefined
  /** What the controllers did that no log shows. */
  notes: Notes
  /** What went wrong in the machinery: unhandled rejections, failed mappers. */
  errors: string[]
}

/** What a process reads, as its controllers declare it. */
export type ReadKinds = readonly Kind[]

/** Canonical objects by label, as they are in the end. */
export const endOf = ({ prologue, log }: Trace): Map<string, unknown> =>
  canonicalEnd([...prologue, ...log])

/** The same for runs in which everything was the same, to the last uid. */
export function fingerprint({ prologue, log, afterResync }: Trace): string {
  const hash = createHash('sha256')
  for (const { position, type, by, at, after } of [...prologue, ...log, ...afterResync])
    hash.update(JSON.stringify([position, type, by, at, after]))
  return hash.digest('hex')
}
