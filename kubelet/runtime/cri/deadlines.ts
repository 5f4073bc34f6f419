/** How long calls to the runtime may take. */

export const second = 1000

/** Milliseconds a call may take. */
export const deadlines = {
  read: 10 * second,
  write: 120 * second,
  stop: 30 * second,
  pull: 15 * 60 * second,
} as const
