/**
 * The safeguards by which a controller survives old views and crashes, each asked for in one place only. They are always
 * on. Tests of the exploring kind take one away, to see that they would notice; nothing else may, and no option does.
 */

export type Safeguard =
  /** `remove` asks `because` about a live read of the primary object instead of the one in the run's view. */
  | 'live-because'
  /** A key is not run again until the informers have seen what its last run wrote. */
  | 'parking'
  /** The finalizer is taken away only after `finalize` has ended with nothing. */
  | 'finalizer-last'

const missing = new Set<Safeguard>()

export const isGuarded = (safeguard: Safeguard): boolean => !missing.has(safeguard)

/** For tests: runs `task` in a world without `safeguard`. */
export async function withoutSafeguard<T>(
  safeguard: Safeguard,
  task: () => Promise<T>,
): Promise<T> {
  missing.add(safeguard)
  try {
    return await task()
  } finally {
    missing.delete(safeguard)
  }
}
