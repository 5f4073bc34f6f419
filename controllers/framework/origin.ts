/**
 * On account of what the present run writes. The runner says it once for a run; every write of the run, however it is made,
 * carries it to the server, which keeps it beside the write. No run is decided by it.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { WriteCause } from '../../api/write-record.ts'

const present = new AsyncLocalStorage<WriteCause>()

/** Runs `work`; what it writes, now or later, is written because of `cause`. */
export const onAccountOf = <T>(cause: WriteCause, work: () => T): T => present.run(cause, work)

/** Why what is written now is written; `undefined` outside of every run. */
export const causeNow = (): WriteCause | undefined => present.getStore()
