/**
 * The screen of a replay as lines, for any size: that this is the past, where in it, what happened last, the rollout as it
 * was, and the keys. Pure.
 */

import type { Progress } from '../../../rollouts/progress.ts'
import { layout, type Size } from '../layout.ts'
import { cut, fit, type Line, line, piece, widthOf } from '../line.ts'
import { clockText, momentText } from './moment-text.ts'
import type { Player, Track } from './player.ts'

export interface Scene {
  track: Track
  player: Player
  /** Of the moment that is shown. */
  revision: number
  /** `undefined` where there was no such Deployment then. */
  progress: Progress | undefined
  /** `default/web`. */
  title: string
  /** What happened last, up to here. */
  mark: string | undefined
  /** Milliseconds since the epoch: the present. */
  now: number
}

/** Never more lines than the screen has, none wider than it. */
export function replayLayout(scene: Scene, { width, height }: Size): Line[] {
  const head = [
    banner(scene, width),
    scrubber(scene, width),
    line(scene.mark ? `> ${scene.mark}` : '> the beginning', scene.mark ? 'strong' : 'faint'),
  ]
  const keys = line(width >= 78 ? longKeys : shortKeys, 'past')
  const room = Math.max(0, height - head.length - 1)
  const body = scene.progress
    ? layout({ progress: scene.progress, link: undefined }, { width, height: room })
    : [line(`${scene.title} was not there.`, 'warning')]
  const blank = Array.from({ length: Math.max(0, room - body.length) }, () => line(''))
  return [...head, ...body.slice(0, room), ...blank, keys]
    .slice(0, height)
    .map((each) => fit(each, width))
}

const longKeys = 'left/right step  shift+arrows notable  space play  +/- speed  home/end  q quit'
const shortKeys = '<- -> step  n/p notable  space  +/-  q'

/** Filled to the edge, so that nobody takes it for the present. */
function banner({ player, revision, now }: Scene, width: number): Line {
  const state = player.playing ? `playing ${player.speed}x` : `paused, ${player.speed}x`
  const text = ` viewing ${momentText(player.time, now)}  r${revision}  ${state} `
  const short = ` viewing ${momentText(player.time, now)} `
  const fitting = cut(widthOf(text) <= width ? text : short, width)
  return [piece(fitting + '/'.repeat(Math.max(0, width - widthOf(fitting))), 'past')]
}

/** From the first moment to the last: what was, where it stands, and what is worth a stop. */
function scrubber({ track, player, now }: Scene, width: number): Line {
  const [first = 0] = track.times
  const last = track.times.at(-1) ?? first
  const [from, to] = [clockText(first, now), clockText(last, now)]
  const wide = width >= from.length + to.length + 40
  const cells = Math.max(4, width - 2 - (wide ? from.length + to.length + 2 : 0))
  const cell = (index: number): number =>
    Math.round((index / Math.max(1, track.times.length - 1)) * (cells - 1))
  const signs: string[] = Array.from({ length: cells }, (_, at) =>
    at < cell(player.index) ? '=' : '-',
  )
  for (const at of track.notable) signs[cell(at)] = '*'
  const here = cell(player.index)
  return [
    piece(wide ? `${from} [` : '[', 'faint'),
    piece(signs.slice(0, here).join('')),
    piece('O', 'strong'),
    piece(signs.slice(here + 1).join(''), 'faint'),
    piece(wide ? `] ${to}` : ']', 'faint'),
  ]
}
