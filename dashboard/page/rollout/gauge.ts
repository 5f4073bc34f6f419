/** How the pods of a rollout stand to its bounds, as a bar: places and words. Pure. */

import type { RolloutView } from '../../protocol.ts'

export type Gauge = RolloutView['progress']['gauge']

export type SegmentKind =
  | 'old-available'
  | 'new-available'
  | 'old-unready'
  | 'new-starting'
  | 'terminating'

export interface Segment {
  kind: SegmentKind
  word: string
  count: number
}

export interface GaugeBar {
  /** How many pods the bar has room for: up to the ceiling, or more where there are more. */
  scale: number
  /** Available ones first, so that they can be compared with the floor; places are 0 to 1. */
  segments: (Segment & { from: number; to: number })[]
  floor: number
  desired: number
  ceiling: number
  /** Beyond the bar, 0 to 1 of the room there. */
  terminating: number
  /** Places between pods; empty where they would be too many to see. */
  cuts: number[]
}

/** More pods than this are one block. */
const mostCuts = 80

/** As they are told, terminating ones last. */
export function segmentsOf(gauge: Gauge): Segment[] {
  return [
    { kind: 'old-available', word: 'old available', count: gauge.oldAvailable },
    { kind: 'new-available', word: 'new available', count: gauge.newAvailable },
    { kind: 'old-unready', word: 'old not ready', count: gauge.oldUnready },
    { kind: 'new-starting', word: 'new starting', count: gauge.newStarting },
    { kind: 'terminating', word: 'terminating', count: gauge.terminating },
  ]
}

/** @param beyond the share of the bar's length that the room for terminating pods has */
export function gaugeBar(gauge: Gauge, beyond: number): GaugeBar {
  const counted = segmentsOf(gauge).filter(({ kind }) => kind !== 'terminating')
  const total = counted.reduce((sum, { count }) => sum + count, 0)
  const scale = Math.max(gauge.ceiling, total, 1)
  let x = 0
  const segments = counted.map((segment) => {
    const from = x / scale
    x += segment.count
    return { ...segment, from, to: x / scale }
  })
  return {
    scale,
    segments,
    floor: gauge.floor / scale,
    desired: gauge.desired / scale,
    ceiling: gauge.ceiling / scale,
    terminating: Math.min(1, gauge.terminating / scale / beyond),
    cuts: scale > mostCuts ? [] : Array.from({ length: scale - 1 }, (_, n) => (n + 1) / scale),
  }
}

/** The whole gauge in a sentence, for those who do not see it. */
export function gaugeText(gauge: Gauge): string {
  const told = segmentsOf(gauge)
    .filter(({ count }) => count > 0)
    .map(({ count, word }) => `${count} ${word}`)
  const { desired, floor, ceiling } = gauge
  const bounds = `${desired} desired, at least ${floor} available, at most ${ceiling} in all`
  return `${told.join(', ') || 'no pods'}; ${bounds}${breach(gauge)}`
}

/** Whether they are outside, in words; empty where they are not. */
export function breach(gauge: Gauge): string {
  const available = gauge.oldAvailable + gauge.newAvailable
  const all = available + gauge.oldUnready + gauge.newStarting
  if (available < gauge.floor) return `; ${gauge.floor - available} below the floor`
  if (all > gauge.ceiling) return `; ${all - gauge.ceiling} above the ceiling`
  return ''
}
