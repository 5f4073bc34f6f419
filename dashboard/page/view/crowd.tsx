/** A lane of very many pods: counts by state to drill into, and one drawing of all. */

import { useComputed, useSignal } from '@preact/signals'
import type { Lane } from '../rollout/lane.ts'
import { mosaicOf, mosaicSize, slotAt } from '../rollout/lane.ts'
import { type PodState, podName, podSigns, podSuffix } from '../rollout/words.ts'
import { useModel } from './context.ts'
import { Sign } from './sign.tsx'

const columns = 72
/** Pods of one state that are listed at once. */
const page = 60

export function Crowd({ lane }: { lane: Lane }) {
  const open = useSignal<PodState | undefined>(undefined)
  const { revision, counts } = lane
  return (
    <div class="crowd">
      <Mosaic lane={lane} />
      <ul class="chips" aria-label={`Pods of ${revision.hash} by state`}>
        {counts.map(({ state, count }) => (
          <li key={state}>
            <button
              type="button"
              class={`chip ${state}`}
              aria-expanded={open.value === state}
              onClick={() => {
                open.value = open.value === state ? undefined : state
              }}
            >
              <Sign path={podSigns[state]} />
              <b>{count}</b> {state}
            </button>
          </li>
        ))}
      </ul>
      {open.value && <Drilled key={open.value} lane={lane} state={open.value} />}
    </div>
  )
}

function Mosaic({ lane: { places, revision } }: { lane: Lane }) {
  const { select } = useModel()
  const { width, height } = mosaicSize(places.length, columns)
  const pick = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect()
    const x = (event.clientX - box.left) / box.width
    const y = (event.clientY - box.top) / box.height
    const place = places[slotAt(x, y, places.length, columns) ?? -1]
    if (place?.kind === 'pod')
      select({ kind: 'Pod', name: place.pod.name, uid: place.pod.uid, gone: false })
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the same pods are reached by the buttons of their states
    <svg
      class="mosaic"
      viewBox={`-1 -1 ${width} ${height}`}
      role="img"
      aria-label={`${places.length} pods of ${revision.hash}, one square each`}
      onClick={pick}
    >
      {mosaicOf(places, columns).map(({ state, path }) => (
        <path key={state} class={state} d={path} fill-rule="evenodd" />
      ))}
    </svg>
  )
}

function Drilled({ lane: { revision }, state }: { lane: Lane; state: PodState }) {
  const { select } = useModel()
  const from = useSignal(0)
  const pods = useComputed(() => revision.pods).value.filter((pod) => pod.state === state)
  const shown = pods.slice(from.value, from.value + page)
  return (
    <div class="drilled">
      <ul aria-label={`${state} pods of ${revision.hash}`}>
        {shown.map((pod) => (
          <li key={pod.uid}>
            <button
              type="button"
              class={`tile ${pod.state}`}
              aria-label={podName(pod)}
              onClick={() => select({ kind: 'Pod', name: pod.name, uid: pod.uid, gone: false })}
            >
              <Sign path={podSigns[pod.state]} />
              <span class="tile-word">
                <b>{podSuffix(pod.name, revision.replicaSet)}</b>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {pods.length > page && (
        <p class="pager">
          <button type="button" disabled={from.value === 0} onClick={() => (from.value -= page)}>
            Earlier
          </button>
          {from.value + 1} to {Math.min(from.value + page, pods.length)} of {pods.length}
          <button
            type="button"
            disabled={from.value + page >= pods.length}
            onClick={() => (from.value += page)}
          >
            More
          </button>
        </p>
      )}
    </div>
  )
}
