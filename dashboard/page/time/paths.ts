/** Curves over time, in a square of 1000 by 100 that is stretched to where it stands. Values are 0 to 1. Pure. */

import type { Scale } from './scale.ts'

const width = 1000
const height = 100
/** The line itself must not be cut at the edges. */
const margin = 3

interface Timed {
  time: number
}

const x = (place: number): string => (place * width).toFixed(1)
const y = (value: number): string => (height - margin - value * (height - 2 * margin)).toFixed(1)

/** A line that holds each value until the next. */
export function stepPath<T extends Timed>(
  points: readonly T[],
  value: (point: T) => number,
  scale: Scale,
): string {
  const shown = within(points, scale)
  const parts = shown.map((point, index) => {
    const from = x(scale.place(point.time))
    return index === 0 ? `M${from} ${y(value(point))}` : `H${from}V${y(value(point))}`
  })
  return parts.length > 0 ? `${parts.join('')}H${width}` : ''
}

/** What lies between two values, each held until the next. */
export function bandPath<T extends Timed>(
  points: readonly T[],
  value: (point: T) => readonly [low: number, high: number],
  scale: Scale,
): string {
  const shown = within(points, scale)
  const [first] = shown
  if (!first) return ''
  const there = shown
    .slice(1)
    .map((point) => `H${x(scale.place(point.time))}V${y(value(point)[1])}`)
  const back = shown
    .map((point, index) => ({ point, end: shown[index + 1]?.time ?? scale.to }))
    .reverse()
    .map(({ point, end }) => `H${x(scale.place(end))}V${y(value(point)[0])}`)
  const start = `M${x(scale.place(first.time))} ${y(value(first)[1])}`
  return `${start}${there.join('')}H${width}${back.join('')}H${x(scale.place(first.time))}z`
}

/** What is filled from the ground up to the value. */
export function areaPath<T extends Timed>(
  points: readonly T[],
  value: (point: T) => number,
  scale: Scale,
): string {
  const shown = within(points, scale)
  const [first] = shown
  if (!first) return ''
  const start = x(scale.place(first.time))
  const parts = shown.map((point) => `H${x(scale.place(point.time))}V${y(value(point))}`)
  return `M${start} ${y(0)}${parts.join('')}H${width}V${y(0)}z`
}

/** Those of the stretch that is shown, and the one before, which still holds when it begins. */
function within<T extends Timed>(points: readonly T[], { from, to }: Scale): readonly T[] {
  const first = points.findLastIndex(({ time }) => time <= from)
  return points.slice(Math.max(0, first)).filter(({ time }) => time <= to)
}

/** More than a screen has room for are not drawn. */
const most = 600

/** Fewer points that look the same: of each few in a row the lowest, so that no dip is lost, and the last. */
export function thinned<T>(points: readonly T[], value: (point: T) => number): readonly T[] {
  if (points.length <= most) return points
  const size = Math.ceil((2 * points.length) / most)
  const kept: T[] = []
  for (let at = 0; at < points.length; at += size) {
    const row = points.slice(at, at + size)
    const last = row.at(-1)!
    const lowest = row.reduce((a, b) => (value(b) < value(a) ? b : a))
    if (lowest !== last) kept.push(lowest)
    kept.push(last)
  }
  return kept
}
