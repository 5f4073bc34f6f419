/**
 * The axis of the timeline: time from left to right, with the long stretches in which nothing happened folded, so that a
 * rollout of ten seconds can be read beside one of an hour ago. Pure.
 */

export interface Fold {
  /** 0 to 1, as all places on the axis. */
  from: number
  to: number
  /** Milliseconds that it stands for. */
  length: number
}

export interface Scale {
  from: number
  to: number
  /** Where a time stands; those outside stand at the ends. */
  place: (time: number) => number
  time: (place: number) => number
  folds: Fold[]
}

interface Piece {
  start: number
  end: number
  from: number
  to: number
  folded: boolean
}

/** Shorter gaps are never folded, nor are those that are little longer than others. */
const leastFoldMs = 700
const usual = 3
/** A fold takes about this share of the axis. */
const foldShare = 0.06

/** @param times when something happened, in order */
export function foldedScale(times: readonly number[], from: number, to: number): Scale {
  const inside = times.filter((time) => time > from && time < to)
  const edges = [from, ...inside, Math.max(to, from + 1000)]
  const gaps = edges.slice(1).map((edge, index) => edge - edges[index]!)
  const limit = limitOf(gaps)
  const only = gaps.length === 1
  const width = (gap: number) => (only ? gap : Math.min(gap, limit))
  const whole = gaps.reduce((sum, gap) => sum + width(gap), 0)
  const pieces: Piece[] = []
  let x = 0
  for (const [index, gap] of gaps.entries()) {
    const piece = {
      start: edges[index]!,
      end: edges[index + 1]!,
      from: x,
      to: x + width(gap) / whole,
      folded: !only && gap > limit,
    }
    x = piece.to
    const last = pieces.at(-1)
    // What is not folded is all of one measure.
    if (last && !last.folded && !piece.folded) Object.assign(last, { end: piece.end, to: piece.to })
    else pieces.push(piece)
  }
  pieces.at(-1)!.to = 1
  return scaleOf(pieces)
}

/** How long a gap may be without being folded: found by folding until a fold has its share. */
function limitOf(gaps: readonly number[]): number {
  const median = Float64Array.from(gaps).sort()[gaps.length >> 1] ?? 0
  const least = Math.max(leastFoldMs, usual * median)
  let limit = Number.POSITIVE_INFINITY
  for (let round = 0; round < 6; round++) {
    const whole = gaps.reduce((sum, gap) => sum + Math.min(gap, limit), 0)
    limit = Math.max(least, whole * foldShare)
  }
  return limit
}

function scaleOf(pieces: readonly Piece[]): Scale {
  const first = pieces[0]!
  const last = pieces.at(-1)!
  const find = (past: (piece: Piece) => boolean): Piece => {
    let [low, high] = [0, pieces.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (past(pieces[middle]!)) low = middle + 1
      else high = middle
    }
    return pieces[low]!
  }
  return {
    from: first.start,
    to: last.end,
    place: (time) => {
      const piece = find(({ end }) => end < time)
      const share = (time - piece.start) / (piece.end - piece.start || 1)
      return piece.from + Math.min(1, Math.max(0, share)) * (piece.to - piece.from)
    },
    time: (place) => {
      const piece = find(({ to }) => to < place)
      const share = (place - piece.from) / (piece.to - piece.from || 1)
      return piece.start + Math.min(1, Math.max(0, share)) * (piece.end - piece.start)
    },
    folds: pieces
      .filter(({ folded }) => folded)
      .map(({ from, to, start, end }) => ({ from, to, length: end - start })),
  }
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600].map(
  (seconds) => seconds * 1000,
)

/** Round times to be written at the axis, none within a fold, and none too near to another. */
export function ticksOf(scale: Scale, most: number): { place: number; time: number }[] {
  const found: { place: number; time: number }[] = []
  for (let n = 0; n <= most; n++) {
    const near = scale.time(n / most)
    const width = Math.abs(scale.time((n + 0.5) / most) - scale.time((n - 0.5) / most))
    const step = steps.find((each) => each >= width / 3) ?? steps.at(-1)!
    const time = Math.round(near / step) * step
    if (time < scale.from || time > scale.to) continue
    const place = scale.place(time)
    const folded = scale.folds.some((fold) => place >= fold.from && place <= fold.to)
    const crowded = found.some((tick) => Math.abs(tick.place - place) < 0.8 / most)
    if (!folded && !crowded) found.push({ place, time })
  }
  return found
}
