/** Where the playhead stands and how it moves, like on a video recorder. Pure: time comes as milliseconds that have passed. */

import type { Key } from '../keys.ts'

/** What is played: moments in order, and which of them are worth a stop. */
export interface Track {
  /** Milliseconds since the epoch, never falling. */
  times: readonly number[]
  /** Indices into `times`, ascending. */
  notable: readonly number[]
}

export interface Player {
  /** Of the moment that is shown. */
  index: number
  /** Milliseconds since the epoch: what clocks show. */
  time: number
  playing: boolean
  speed: number
}

export const speeds: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 16, 32]

/** Milliseconds of silence that somebody is kept waiting; a longer one is cut. */
const longestPause = 3_000

export const playerAt = (track: Track, index: number): Player => ({
  index,
  time: track.times[index] ?? 0,
  playing: false,
  speed: 1,
})

/** @returns the same player for a key that means nothing */
export function press(player: Player, key: Key, track: Track): Player {
  const last = track.times.length - 1
  const to = (index: number): Player => ({
    ...playerAt(track, Math.min(Math.max(index, 0), last)),
    speed: player.speed,
  })
  switch (key) {
    case 'left':
    case 'h':
      return to(player.index - 1)
    case 'right':
    case 'l':
      return to(player.index + 1)
    case 'shift-left':
    case 'p':
      return to(track.notable.findLast((at) => at < player.index) ?? 0)
    case 'shift-right':
    case 'n':
      return to(track.notable.find((at) => at > player.index) ?? last)
    case 'home':
    case 'g':
      return to(0)
    case 'end':
    case 'G':
      return to(last)
    case ' ':
      if (player.playing) return { ...player, playing: false }
      return { ...(player.index === last ? to(0) : player), playing: true }
    case '+':
    case '=':
      return { ...player, speed: speeds.find((each) => each > player.speed) ?? player.speed }
    case '-':
      return { ...player, speed: speeds.findLast((each) => each < player.speed) ?? player.speed }
    default:
      return player
  }
}

/** @param ms that have passed */
export function pass(player: Player, ms: number, { times }: Track): Player {
  if (!player.playing) return player
  const { speed } = player
  let { index } = player
  let time = player.time + ms * speed
  while ((times[index + 1] ?? Number.POSITIVE_INFINITY) <= time) index++
  const next = times[index + 1]
  if (next === undefined) return { ...player, index, time: times[index] ?? time, playing: false }
  if (next - time > longestPause * speed) time = next - longestPause * speed
  return { ...player, index, time }
}
