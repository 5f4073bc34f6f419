/**
 * How rollouts went, from what the controller told whenever it sized a ReplicaSet. Events are gone after an hour or so:
 * what began before the first of them is not known. Pure.
 */

import type { Event } from '../api/types.ts'

export interface Period {
  /** RFC 3339. */
  began: string
  /** Milliseconds until no other ReplicaSet had pods to keep. */
  took: number | undefined
  /** `undefined`: it is not over, or had nobody to replace. */
  outcome: 'complete' | 'superseded' | undefined
}

interface Step {
  replicaSet: string
  from: number
  to: number
  at: string
}

/** By the ReplicaSet's name; of one that came, went and came back the latest. */
export function periodsOf(events: readonly Event[]): Map<string, Period> {
  const steps = stepsIn(events)
  const sizes = new Map<string, number>()
  for (const { replicaSet, from } of steps) if (!sizes.has(replicaSet)) sizes.set(replicaSet, from)
  const periods = new Map<string, Period>()
  let current: { name: string; period: Period; replaces: boolean } | undefined
  for (const { replicaSet, from, to, at } of steps) {
    const alone = () => [...sizes].every(([name, size]) => name === current?.name || size === 0)
    if (from === 0 && to > 0) {
      if (current?.replaces) current.period.outcome ??= 'superseded'
      const period: Period = { began: at, took: undefined, outcome: undefined }
      current = { name: replicaSet, period, replaces: false }
      current.replaces = !alone()
      periods.set(replicaSet, period)
    }
    sizes.set(replicaSet, to)
    if (!current?.replaces || current.period.outcome || !alone()) continue
    current.period.outcome = 'complete'
    current.period.took = Date.parse(at) - Date.parse(current.period.began)
  }
  return periods
}

/** In the order of their times; within a second in that of their writing. */
function stepsIn(events: readonly Event[]): Step[] {
  return events
    .flatMap(({ reason, message = '', lastTimestamp, eventTime, metadata }) => {
      const [, way, replicaSet = '', from, to] =
        /^Scaled (up|down) replica set (\S+)(?: from (\d+))? to (\d+)/.exec(message) ?? []
      if (reason !== 'ScalingReplicaSet' || !way) return []
      const at = lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''
      // Older controllers do not say from where.
      const before = from ?? (way === 'up' ? 0 : Number(to) + 1)
      const order = Number(metadata.resourceVersion) || 0
      return [{ replicaSet, from: Number(before), to: Number(to), at, order }]
    })
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.order - b.order)
}
