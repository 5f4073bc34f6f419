/** Playing the past: where the playhead stands after a stretch of real time. Stretches without anything are cut short. Pure. */

import { lastNotAfter, type Stop } from './stops.ts'

export const speeds = [0.25, 0.5, 1, 2, 4, 8, 16, 32] as const

export interface Playhead {
  revision: number
  /** Between two stops it is later than that of the revision. */
  time: number
}

/** Milliseconds that one waits for the next thing to happen, at most; in slow motion as much longer. */
const longestWaitMs = 1_200

export function advance(
  stops: readonly Stop[],
  { revision, time }: Playhead,
  speed: number,
  elapsedMs: number,
): Playhead & { ended: boolean } {
  const last = stops.at(-1)
  if (!last) return { revision, time, ended: true }
  const next = stops[lastNotAfter(stops, revision, 'revision') + 1]
  if (!next) return { revision: last.revision, time: last.time, ended: true }
  const from = Math.max(time, next.time - longestWaitMs * Math.max(1, speed))
  const now = Math.min(from + elapsedMs * speed, last.time)
  const here = stops[lastNotAfter(stops, now, 'time')]
  return {
    revision: Math.max(revision, here?.revision ?? revision),
    time: now,
    ended: now >= last.time,
  }
}

/** The next faster or slower one. */
export function otherSpeed(speed: number, direction: 1 | -1): number {
  const at = speeds.findIndex((each) => each >= speed)
  return speeds[Math.min(speeds.length - 1, Math.max(0, at + direction))]!
}
