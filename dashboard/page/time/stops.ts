/** The moments at which something of a rollout was told, in order: what one goes to and fro between. Pure. */

export interface Stop {
  revision: number
  time: number
  /** Worth a stop when going from one to the next. */
  notable: boolean
}

/**
 * With one more: ordered by revision, each once, and times never go back, whatever clocks said. Changes the list, which is
 * fast where the new one comes last, as it mostly does.
 */
export function addStop(stops: Stop[], { revision, time, notable }: Stop): void {
  if (Number.isNaN(time)) return
  const before = lastNotAfter(stops, revision, 'revision')
  const known = stops[before]
  if (known?.revision === revision) {
    if (notable && !known.notable) stops[before] = { ...known, notable }
    return
  }
  const after = stops[before + 1]?.time ?? Number.POSITIVE_INFINITY
  const within = Math.min(Math.max(time, known?.time ?? time), after)
  stops.splice(before + 1, 0, { revision, time: within, notable })
}

/** The index of the last one that is not after; -1 where all are. `by` names what is compared. */
export function lastNotAfter(
  stops: readonly Stop[],
  value: number,
  by: 'revision' | 'time',
): number {
  let [low, high] = [0, stops.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (stops[middle]![by] <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The one that is nearest in time. */
export function nearest(stops: readonly Stop[], time: number): Stop | undefined {
  const before = lastNotAfter(stops, time, 'time')
  const [a, b] = [stops[before], stops[before + 1]]
  if (!a || !b) return a ?? b
  return time - a.time <= b.time - time ? a : b
}

/** What the user marked is notable, too. */
export interface Stride {
  direction: 1 | -1
  notable: boolean
  marked: readonly number[]
}

/** The next one in this direction, `undefined` at the end. */
export function step(
  stops: readonly Stop[],
  revision: number,
  { direction, notable, marked }: Stride,
): Stop | undefined {
  const here = lastNotAfter(stops, revision, 'revision')
  const between = here < 0 || stops[here]!.revision < revision
  const wanted = (stop: Stop) => !notable || stop.notable || marked.includes(stop.revision)
  let at = direction > 0 ? here + 1 : between ? here : here - 1
  while (at >= 0 && at < stops.length && !wanted(stops[at]!)) at += direction
  return stops[at]
}
