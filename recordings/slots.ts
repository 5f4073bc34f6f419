/**
 * Where each pod stands in the lane of its ReplicaSet: the lowest place that was free when it came is its own, and stays
 * its own after its end until another one needs it. It follows from what is kept alone, so that it is the same whichever
 * way one goes through time. Pure.
 */

import type { Pod } from '../api/types.ts'
import { type Change, livesOwnedBy } from './kinship.ts'
import { compare } from './ordered.ts'
import type { Moment } from './recording.ts'
import type { Timeline } from './timeline.ts'

export interface Slot {
  /** From 0. */
  slot: number
  pod: string
  uid: string
  /** Gone since, RFC 3339: a ghost until its place is taken. */
  gone?: string
}

export interface Lane {
  /** By place; a place whose pod is no longer known is left out. */
  slots: Slot[]
  /** Places there are at any time that is kept, so that nothing grows or shrinks on the way. */
  size: number
}

/** The time of a pod at its place. */
export interface Stay {
  slot: number
  pod: string
  uid: string
  from: number
  gone: number | undefined
}

/** @param replicaSet its uid */
export function laneAt(timeline: Timeline, replicaSet: string, { revision }: Moment): Lane {
  const stays = staysIn(timeline, replicaSet)
  const slots: Slot[] = []
  for (const { slot, pod, uid, from, gone } of stays)
    if (from <= revision)
      slots[slot] = {
        slot,
        pod,
        uid,
        ...(gone !== undefined && gone <= revision && { gone: timeline.timeOf(gone) }),
      }
  const size = stays.reduce((most, { slot }) => Math.max(most, slot + 1), 0)
  return { slots: slots.filter((slot) => slot !== undefined), size }
}

/** In the order in which pods came. */
export function staysIn(timeline: Timeline, replicaSet: string): Stay[] {
  const settled = timeline.settled.get(replicaSet)
  const lives = livesOwnedBy<Pod>(timeline, 'Pod', replicaSet).map((life) =>
    lifeOf(life, timeline.beginning),
  )
  const latest: (Stay | undefined)[] = []
  const stays: Stay[] = []
  for (const { created: _, ...life } of lives.sort(inOrder(settled))) {
    const slot = settled?.get(life.uid) ?? free(latest, life.from)
    const stay = { slot, ...life }
    latest[slot] = stay
    stays.push(stay)
  }
  return stays
}

interface Life extends Omit<Stay, 'slot'> {
  created: string
}

function lifeOf(life: readonly Change<Pod>[], beginning: number): Life {
  const [first] = life
  const last = life.at(-1)
  const { name = '', uid = '', creationTimestamp = '' } = first?.after?.metadata ?? {}
  return {
    pod: name,
    uid,
    from: Math.max(first?.revision ?? 0, beginning),
    gone: last && !last.after ? last.revision : undefined,
    created: creationTimestamp,
  }
}

/**
 * Who has a place of old keeps it before others choose. Of those that were there at the beginning only what they say tells
 * which came first.
 */
const inOrder =
  (settled: ReadonlyMap<string, number> | undefined) =>
  (a: Life, b: Life): number =>
    Number(settled?.has(b.uid) ?? false) - Number(settled?.has(a.uid) ?? false) ||
    a.from - b.from ||
    compare(a.created, b.created) ||
    compare(a.pod, b.pod)

function free(latest: readonly (Stay | undefined)[], revision: number): number {
  const isFree = (stay: Stay | undefined) =>
    !stay || (stay.gone !== undefined && stay.gone <= revision)
  for (let slot = 0; slot < latest.length; slot++) if (isFree(latest[slot])) return slot
  return latest.length
}
