/** A lane: the pods of a ReplicaSet, each in its slot; very many of them as counts and one drawing. Pure. */

import type { RolloutView, Slot } from '../../protocol.ts'
import { type PodState, type PodView, podStates, type Revision } from './words.ts'

export type Place =
  | { kind: 'pod'; pod: PodView }
  | { kind: 'ghost'; slot: Slot }
  | { kind: 'empty' }

export interface Lane {
  revision: Revision
  places: Place[]
  ghosts: number
  counts: { state: PodState; count: number }[]
}

/** More than this are not drawn as tiles. */
export const mostTiles = 100

type LaneSlots = RolloutView['lanes'][number]

type Lanes = Pick<RolloutView, 'progress' | 'lanes'>

/** Gives the same lane as before where the parts of the view that it is made of are the same. */
export function laneMaker(): (view: Lanes) => Lane[] {
  const made = new WeakMap<Revision, { slots: LaneSlots | undefined; lane: Lane }>()
  return ({ progress, lanes }) => {
    const bySet = new Map(lanes.map((lane) => [lane.replicaSet, lane]))
    return progress.revisions.map((revision) => {
      const slots = bySet.get(revision.replicaSet)
      const known = made.get(revision)
      if (known && known.slots === slots) return known.lane
      const lane = laneOf(revision, slots)
      made.set(revision, { slots, lane })
      return lane
    })
  }
}

export function laneOf(revision: Revision, lane: LaneSlots | undefined): Lane {
  const places: Place[] = Array.from({ length: lane?.size ?? 0 }, () => ({ kind: 'empty' }))
  const left = new Map(revision.pods.map((pod) => [pod.uid, pod]))
  for (const slot of lane?.slots ?? []) {
    const pod = left.get(slot.uid)
    left.delete(slot.uid)
    while (places.length <= slot.slot) places.push({ kind: 'empty' })
    places[slot.slot] = pod ? { kind: 'pod', pod } : { kind: 'ghost', slot }
  }
  // What has no slot must not vanish.
  for (const pod of left.values()) places.push({ kind: 'pod', pod })
  return {
    revision,
    places,
    ghosts: places.filter(({ kind }) => kind === 'ghost').length,
    counts: countsOf(revision.pods),
  }
}

/** What is there, the gravest first. */
export function countsOf(pods: readonly PodView[]): Lane['counts'] {
  return podStates
    .map((state) => ({ state, count: pods.filter((pod) => pod.state === state).length }))
    .filter(({ count }) => count > 0)
}

/** Whether a lane has more than can be drawn as tiles. */
export const isCrowded = ({ places }: Lane): boolean => places.length > mostTiles

/** Ghosts that are older than this do not keep a lane open. */
export const ghostMs = 120_000

/** Whether all is over in it, for long enough. */
export function isOver({ revision, places }: Lane, now: number): boolean {
  if (revision.pods.length > 0 || revision.wanted > 0) return false
  return places.every(
    (place) => place.kind !== 'ghost' || now - Date.parse(place.slot.gone ?? '') > ghostMs,
  )
}

/** The side of a square of the drawing, and of what is filled of it. */
const cell = 10
const dot = 8

/**
 * One path a state, for all its pods: squares in rows of `columns`, in the order of slots. Each state has its own form: a
 * full square, a frame, a cross ...
 */
export function mosaicOf(
  places: readonly Place[],
  columns: number,
): { state: PodState | 'ghost'; path: string }[] {
  const paths = new Map<PodState | 'ghost', string>()
  for (const [index, place] of places.entries()) {
    if (place.kind === 'empty') continue
    const state = place.kind === 'pod' ? place.pod.state : 'ghost'
    const x = (index % columns) * cell
    const y = Math.floor(index / columns) * cell
    paths.set(state, (paths.get(state) ?? '') + shape(state, x, y))
  }
  return [...paths].map(([state, path]) => ({ state, path }))
}

function shape(state: PodState | 'ghost', x: number, y: number): string {
  const square = (inset: number) => {
    const side = dot - 2 * inset
    return `M${x + inset} ${y + inset}h${side}v${side}h-${side}z`
  }
  switch (state) {
    case 'available':
      return square(0)
    case 'ready':
      return `${square(0)}${square(2.5)}`
    case 'starting':
      return square(2)
    case 'waiting':
      return `M${x} ${y}h${dot}l-${dot} ${dot}h${dot}z`
    case 'failing':
      return `M${x} ${y + 1.5}l1.5-1.5 2.5 2.5 2.5-2.5 1.5 1.5-2.5 2.5 2.5 2.5-1.500 1.500-2.500-2.500-2.500 2.500-1.500-1.500 2.500-2.500z`
    case 'terminating':
      return `M${x} ${y}h${dot}l-${dot / 2} ${dot}z`
    case 'ended':
      return `M${x} ${y + 3}h${dot}v2h-${dot}z`
    case 'ghost':
      return `M${x + 3} ${y + 3}h2v2h-2z`
    default:
      return state satisfies never
  }
}

/** How large the drawing is, in its own units. */
export const mosaicSize = (count: number, columns: number): { width: number; height: number } => ({
  width: columns * cell,
  height: Math.max(1, Math.ceil(count / columns)) * cell,
})

/** The slot at a place of the drawing, which is 0 to 1 in both directions. */
export function slotAt(x: number, y: number, count: number, columns: number): number | undefined {
  const rows = Math.max(1, Math.ceil(count / columns))
  const column = Math.floor(x * columns)
  const slot = Math.floor(y * rows) * columns + column
  return column >= 0 && column < columns && slot >= 0 && slot < count ? slot : undefined
}
