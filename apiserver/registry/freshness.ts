/** How new a read must be: newer than every write that anybody was told of, than some version, or anything at hand. */

import { timeout } from '../http/status.ts'
import type { Revision } from '../storage/storage.ts'
import type { RegistryPorts } from './ports.ts'

/** Milliseconds a read waits for a version that is not there yet. */
const patience = 3000

/** @param wanted absent: the newest there is; 0: whatever is at hand. @throws StatusError 504 */
export async function becomeFresh(
  { hub, storage }: RegistryPorts,
  wanted: Revision | undefined,
): Promise<void> {
  if (wanted === 0) return
  if (wanted === undefined || (await storage.revision()) >= wanted) return hub.fresh()
  if (!(await hub.waitFor(wanted, patience))) throw tooLarge(wanted, hub.revision)
}

const tooLarge = (wanted: Revision, current: Revision) =>
  timeout(`Timeout: Too large resource version: ${wanted}, current: ${current}`, 1, [
    { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
  ])
