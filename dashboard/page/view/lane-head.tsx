/** Of a lane: which template, why and by whom, when, what became of it, and how to go back to it. */

import type { RolloutView } from '../../protocol.ts'
import { isReadOnly } from '../model/state.ts'
import type { Lane } from '../rollout/lane.ts'
import { shortImage } from '../rollout/words.ts'
import { useModel } from './context.ts'
import { When } from './sign.tsx'

export type Entry = RolloutView['history'][number]

export interface LaneProps {
  lane: Lane
  entry: Entry | undefined
}

export function LaneHead({ lane: { revision }, entry }: LaneProps) {
  const { state, select } = useModel()
  const { replicaSet, hash, images, newest, available, wanted } = revision
  const selection = state.selection.value
  const pressed = selection.kind === 'ReplicaSet' && selection.name === replicaSet
  return (
    <div class="lane-head">
      <button
        type="button"
        class="hash"
        aria-pressed={pressed}
        aria-label={`Select revision ${hash}`}
        onClick={() =>
          select(pressed ? { kind: 'Deployment' } : { kind: 'ReplicaSet', name: replicaSet })
        }
      >
        {hash}
      </button>
      <span class="lane-word">{newest ? 'new' : 'old'}</span>
      <span class="lane-image" title={images.join(', ')}>
        {images.map(shortImage).join(', ')}
      </span>
      {entry && <Story entry={entry} />}
      <span class="lane-count">
        <b>{available}</b>/{wanted} available
      </span>
      {!newest && <UndoTo hash={hash} />}
    </div>
  )
}

/** Why and by whom, when, and what became of it. */
export function Story({ entry }: { entry: Entry }) {
  const { cause, author, began, took, outcome } = entry
  const who = author ? ` by ${authorName(author)}` : ''
  return (
    <span class="story dim" title={`${cause}${who}`}>
      {cause}
      {who}
      {began && (
        <>
          {', '}
          <When at={began} />
        </>
      )}
      {outcome === 'failed' && ', failed'}
      {took !== undefined && `, took ${Math.max(1, Math.round(took / 1000))} s`}
    </span>
  )
}

const authorName = ({ manager }: NonNullable<Entry['author']>): string => manager

export function UndoTo({ hash }: { hash: string }) {
  const { state, write } = useModel()
  if (isReadOnly(state) || state.isPast.value || state.live.value?.paused) return null
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`Undo to this: ${hash}`}
      onClick={() => void write.plan(hash)}
    >
      Undo to this
    </button>
  )
}
