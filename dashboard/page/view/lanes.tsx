/** One lane a ReplicaSet, the newest first: each pod is a tile in its slot. */

import { useComputed, useSignal } from '@preact/signals'
import { Component } from 'preact'
import { isCrowded, isOver, type Lane } from '../rollout/lane.ts'
import { shortImage } from '../rollout/words.ts'
import { useModel } from './context.ts'
import { Crowd } from './crowd.tsx'
import { LaneHead, type LaneProps, Story, UndoTo } from './lane-head.tsx'
import { Tiles } from './tiles.tsx'

/** Revisions without pods that are listed. */
const mostOlder = 12

const replicaSetOf = ({ revision }: Lane): string => revision.replicaSet

export function Lanes() {
  const { state } = useModel()
  const lanes = state.lanes.value
  // Changes when one of them is over, not by the second.
  const over = useComputed(() => {
    const now = state.isPast.value ? state.headTime.value : state.now.value
    const names = state.lanes.value.filter((lane) => isOver(lane, now)).map(replicaSetOf)
    return names.join(' ')
  })
  const isShown = (lane: Lane) =>
    lane.revision.newest || !over.value.split(' ').includes(replicaSetOf(lane))
  const shown = lanes.filter(isShown)
  const older = lanes.filter((lane) => !isShown(lane)).slice(0, mostOlder)
  const history = new Map(state.view.value?.history.map((entry) => [entry.replicaSet, entry]))
  return (
    <section class="lanes panel" aria-labelledby="lanes-title">
      <h2 id="lanes-title">Revisions</h2>
      {shown.map((lane) => (
        <LaneShown
          key={lane.revision.replicaSet}
          lane={lane}
          entry={history.get(lane.revision.replicaSet)}
        />
      ))}
      {older.length > 0 && (
        <ul class="older" aria-label="Revisions without pods">
          {older.map((lane) => (
            <Older
              key={lane.revision.replicaSet}
              lane={lane}
              entry={history.get(lane.revision.replicaSet)}
            />
          ))}
        </ul>
      )}
    </section>
  )
}

/** Drawn again only when something in it differs. */
class LaneShown extends Component<LaneProps> {
  override shouldComponentUpdate({ lane, entry }: LaneProps): boolean {
    return lane !== this.props.lane || entry !== this.props.entry
  }

  override render() {
    const { lane, entry } = this.props
    const { revision } = lane
    return (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
      <section
        class={`lane ${revision.newest ? 'new' : 'old'}`}
        role="group"
        aria-label={`Revision ${revision.hash}`}
      >
        <LaneHead lane={lane} entry={entry} />
        {isCrowded(lane) ? <Crowd lane={lane} /> : <Tiles lane={lane} />}
      </section>
    )
  }
}

function Older({ lane, entry }: LaneProps) {
  const { select } = useModel()
  const open = useSignal(false)
  const { replicaSet, hash, images } = lane.revision
  return (
    <li class="lane old">
      <div class="lane-head">
        <button
          type="button"
          class="hash"
          aria-label={`Select revision ${hash}`}
          onClick={() => select({ kind: 'ReplicaSet', name: replicaSet })}
        >
          {hash}
        </button>
        <span class="lane-image">{images.map(shortImage).join(', ')}</span>
        {entry && <Story entry={entry} />}
        {lane.ghosts > 0 && (
          <button
            type="button"
            class="quiet"
            aria-expanded={open.value}
            onClick={() => {
              open.value = !open.value
            }}
          >
            {lane.ghosts} gone
          </button>
        )}
        <UndoTo hash={hash} />
      </div>
      {open.value && (isCrowded(lane) ? <Crowd lane={lane} /> : <Tiles lane={lane} />)}
    </li>
  )
}
