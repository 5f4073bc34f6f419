/**
 * Does the same thing many times, beginning carefully: 1, then 2, 4, 8 ... at once, and no further batch after one in
 * which anything failed. So a quota of one does not cost five hundred refused requests.
 */

export interface Outcome {
  succeeded: number
  /** The first failure; the batches after it were not begun. */
  error?: unknown
}

export async function slowStart(count: number, attempt: () => Promise<void>): Promise<Outcome> {
  let succeeded = 0
  for (let size = 1; succeeded < count; size *= 2) {
    const batch = Math.min(size, count - succeeded)
    const results = await Promise.allSettled(Array.from({ length: batch }, attempt))
    succeeded += results.filter(({ status }) => status === 'fulfilled').length
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) return { succeeded, error: failed.reason }
  }
  return { succeeded }
}
