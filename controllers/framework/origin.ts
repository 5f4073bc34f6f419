/**
 * On account of what the present run writes. The runner says it once for a run; every write of the run, however it is made,
 * carries it to the server, which keeps it beside the write. No run is decided by it.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { ObjectVersion, WriteCause } from '../../api/write-record.ts'
import type { WithMeta } from './cluster.ts'
import type { Kind } from './kind.ts'

const present = new AsyncLocalStorage<WriteCause | undefined>()

/**
 * Runs `work`; what it writes, now or later, is kept by a Tiphys server as written because of `cause`, so that people
 * can ask why (`tiphys why`). Runs of controllers say it by themselves: for their primary object, as they saw it. It is
 * for what has no runs, and for a write that is done for another object than the run is about.
 *
 *     const taint = { for: objectVersion(Node, node), because: [] }
 *     await onAccountOf(taint, () => remove(Pod, pod, { because: (live) => live !== undefined }))
 *
 * @param cause `undefined`: because of nothing, whatever it was before. Without `by` it is still who it was before.
 */
export function onAccountOf<T>(cause: WriteCause | undefined, work: () => T): T {
  const by = present.getStore()?.by
  return present.run(cause && by !== undefined ? { by, ...cause } : cause, work)
}

/** Why what is written now is written; `undefined` outside of every run. */
export const causeNow = (): WriteCause | undefined => present.getStore()

/** An object as it was seen, in the words of causes. */
export const objectVersion = (
  { plural: resource, group }: Kind<never> | Kind,
  { metadata: { namespace = '', name = '', resourceVersion = '' } }: WithMeta,
): ObjectVersion => ({ resource, group, namespace, name, resourceVersion })
