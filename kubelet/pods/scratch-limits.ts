/**
 * Keeps the scratch directories of pods to their `sizeLimit`: what has grown beyond it is noticed within seconds, and
 * its pod evicted. It counts what lies on disk; in memory the kernel itself keeps the limit.
 */

import { units } from '../../api/quantity.ts'
import type { Pod } from '../../api/types.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'

export interface ScratchLimitsOptions {
  /** The pods that are to be looked at. */
  pods(): Pod[]
  /** Bytes that the emptyDir of this name takes; 0 while it is not there. */
  usage(uid: string, volume: string): Promise<number>
  evict(uid: string, message: string): void
  clock: Clock
  onError(error: unknown): void
}

/** As often as kubelet looks. */
const everyMilliseconds = 10_000

/** Until the returned function is called. */
export function limitScratch(options: ScratchLimitsOptions): () => void {
  let cancel: Cancel = () => {}
  let stopped = false
  const again = () => {
    cancel = options.clock.after(everyMilliseconds, () => {
      limitOnce(options).finally(() => {
        if (!stopped) again()
      })
    })
  }
  again()
  return () => {
    stopped = true
    cancel()
  }
}

/** One after the other: counting is the disk's work. */
async function limitOnce({ pods, usage, evict, onError }: ScratchLimitsOptions): Promise<void> {
  for (const { metadata, spec } of pods())
    for (const { name, emptyDir } of spec?.volumes ?? []) {
      const limit = units(emptyDir?.sizeLimit)
      if (limit === 0 || emptyDir?.medium === 'Memory') continue
      const uid = metadata.uid ?? ''
      try {
        if ((await usage(uid, name)) > limit)
          evict(
            uid,
            `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir?.sizeLimit}". `,
          )
      } catch (error) {
        onError(error)
      }
    }
}
