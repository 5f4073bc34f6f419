/** The pods of a lane as tiles of one size. One of them is reached by Tab, the others from there by arrows. */

import { useSignal } from '@preact/signals'
import { Component } from 'preact'
import { useRef } from 'preact/hooks'
import type { Lane, Place } from '../rollout/lane.ts'
import { type PodView, podName, podSigns, podSuffix } from '../rollout/words.ts'
import { clock } from '../time/words.ts'
import { useModel } from './context.ts'
import { Sign } from './sign.tsx'

/** Up to this many have room for words. */
const mostWide = 18

export function Tiles({ lane: { places, revision } }: { lane: Lane }) {
  const { state, select } = useModel()
  const list = useRef<HTMLUListElement>(null)
  // Once small they stay small: a tile that changes its size is a tile that moves.
  const most = useRef(0)
  most.current = Math.max(most.current, places.length)
  const wide = most.current <= mostWide
  const reached = useSignal(-1)
  const first = places.findIndex(({ kind }) => kind !== 'empty')
  const entry = places[reached.value]?.kind === 'pod' ? reached.value : first
  const selection = state.selection.value
  const chosen = selection.kind === 'Pod' ? selection.uid : ''

  const choose = (place: Place | undefined) => {
    if (place?.kind === 'pod') {
      const { name, uid } = place.pod
      select(uid === chosen ? { kind: 'Deployment' } : { kind: 'Pod', name, uid, gone: false })
    } else if (place?.kind === 'ghost') {
      const { pod, uid } = place.slot
      select({ kind: 'Pod', name: pod, uid, gone: true }, 'Logs')
    }
  }
  const move = (event: KeyboardEvent) => {
    const to = neighbour(event.key, list.current)
    if (!to) return
    event.preventDefault()
    reached.value = Number(to.dataset.slot)
    to.focus()
  }
  return (
    <ul
      ref={list}
      class={`tiles ${wide ? 'wide' : 'small'}`}
      aria-label={`Pods of ${revision.hash}`}
      data-arrows
      onClick={({ target }) => {
        const button = (target as Element).closest<HTMLElement>('[data-slot]')
        if (button) choose(places[Number(button.dataset.slot)])
      }}
      onKeyDown={move}
    >
      {places.map((place, slot) => (
        <Tile
          key={slot}
          slot={slot}
          pod={place.kind === 'pod' ? place.pod : undefined}
          ghost={place.kind === 'ghost' ? place.slot.pod : undefined}
          gone={place.kind === 'ghost' ? place.slot.gone : undefined}
          replicaSet={revision.replicaSet}
          wide={wide}
          reached={slot === entry}
          chosen={chosen !== '' && uidOf(place) === chosen}
        />
      ))}
    </ul>
  )
}

const uidOf = (place: Place): string | undefined =>
  place.kind === 'pod' ? place.pod.uid : place.kind === 'ghost' ? place.slot.uid : undefined

interface TileProps {
  slot: number
  pod: PodView | undefined
  ghost: string | undefined
  gone: string | undefined
  replicaSet: string
  wide: boolean
  reached: boolean
  chosen: boolean
}

/** Drawn again only when something about it differs. */
class Tile extends Component<TileProps> {
  override shouldComponentUpdate(next: TileProps): boolean {
    return (Object.keys(next) as (keyof TileProps)[]).some(
      (name) => next[name] !== this.props[name],
    )
  }

  override render() {
    const { slot, pod, ghost, gone, replicaSet, wide, reached, chosen } = this.props
    if (!pod && ghost === undefined) return <li class="tile-empty" aria-hidden="true" />
    const name = pod ? podName(pod) : `${ghost} gone since ${clock(Date.parse(gone ?? ''))}`
    const suffix = podSuffix(pod?.name ?? ghost ?? '', replicaSet)
    return (
      <li>
        <button
          type="button"
          class={`tile ${pod?.state ?? 'ghost'}`}
          data-slot={slot}
          data-word={wide ? undefined : `${suffix} ${pod?.state ?? 'gone'}`}
          aria-label={name}
          aria-pressed={chosen}
          tabIndex={reached ? 0 : -1}
        >
          {pod && <Sign path={podSigns[pod.state]} />}
          {wide && (
            <span class="tile-word">
              <b>{suffix}</b> {pod?.state ?? 'gone'}
            </span>
          )}
        </button>
      </li>
    )
  }
}

/** The button that a key leads to from the one that has the focus: by rows as they stand on the screen. */
function neighbour(key: string, list: HTMLElement | null): HTMLElement | undefined {
  const buttons = [...(list?.querySelectorAll<HTMLElement>('[data-slot]') ?? [])]
  const at = buttons.indexOf(document.activeElement as HTMLElement)
  const here = buttons[at]
  if (!here) return undefined
  if (key === 'ArrowRight') return buttons[at + 1]
  if (key === 'ArrowLeft') return buttons[at - 1]
  if (key === 'Home') return buttons[0]
  if (key === 'End') return buttons.at(-1)
  const box = here.getBoundingClientRect()
  const below = (other: HTMLElement) => {
    const { left, top } = other.getBoundingClientRect()
    return Math.abs(left - box.left) < 2 && (key === 'ArrowDown' ? top > box.top : top < box.top)
  }
  if (key === 'ArrowDown') return buttons.slice(at + 1).find(below)
  if (key === 'ArrowUp') return buttons.slice(0, at).findLast(below)
  return undefined
}
