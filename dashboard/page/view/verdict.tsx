/** Why the rollout is where it is, in one sentence, and the one thing to do about it. */

import { isReadOnly, type State } from '../model/state.ts'
import { outcomeWord, shortImage, signOf, toneOf, undoLabel } from '../rollout/words.ts'
import { useModel } from './context.ts'
import { Sign } from './sign.tsx'

export function Verdict() {
  const { state } = useModel()
  const progress = state.progress.value
  if (!progress || (state.gone.value && !state.isPast.value)) return <Waiting />
  const { outcome, explanation, name, revisions } = progress
  const tone = toneOf(outcome, explanation.severity)
  const newest = revisions.find((revision) => revision.newest)
  return (
    <section class={`verdict panel tone-${tone}`} aria-label="Verdict">
      <Sign path={signOf(outcome, explanation.severity)} class="badge large" />
      <div class="verdict-text">
        <h1>
          {name} <span class="word">{outcomeWord(outcome, explanation.severity)}</span>{' '}
          {newest && (
            <span class="dim">
              <code>{newest.hash}</code> {newest.images.map(shortImage).join(', ')}
            </span>
          )}
        </h1>
        <p class="sentence">{explanation.verdict}</p>
        {explanation.severity !== 'ok' && <p class="next dim">{explanation.next}</p>}
      </div>
      <Actions />
      <Notes />
    </section>
  )
}

function Waiting() {
  const { state, travel } = useModel()
  const error = state.past.value?.error
  const name = state.deployment.value
  return (
    <section class="verdict panel tone-calm" aria-label="Verdict">
      <div class="verdict-text">
        <h1>{name || 'Rollouts'}</h1>
        <p class="sentence">{error ?? waitingFor(state)}</p>
      </div>
      {error && (
        <div class="actions">
          <button type="button" onClick={() => travel.live()}>
            Back to {state.present.value}
          </button>
        </div>
      )}
    </section>
  )
}

function waitingFor({ list, deployment, namespace, gone, isPast, at }: State): string {
  const name = deployment.value
  if (isPast.value) return `Asking for r${at.value} ...`
  if (!name) return 'Choose a deployment.'
  if (gone.value) return `Deployment "${name}" has been deleted. Its past is still on the timeline.`
  const absent = list.value && !list.value.rows.some((row) => row.name === name)
  return absent
    ? `There is no deployment "${name}" in ${namespace.value}.`
    : `Asking for ${name} ...`
}

function Actions() {
  const { state, write } = useModel()
  if (isReadOnly(state)) return null
  return (
    <div class="actions">
      {state.isPast.value ? <UndoToThis /> : <UndoToBefore />}
      {!state.isPast.value && <PauseOrResume pause={(verb) => void write.pause(verb)} />}
    </div>
  )
}

/** Of the past: to the template that was current then. */
function UndoToThis() {
  const { state, write } = useModel()
  const then = state.view.value?.history.find((entry) => entry.current)
  const now = state.live.value?.history.find((entry) => entry.current)
  if (!then || !now || state.live.value?.paused) return null
  if (state.gone.value) return <p class="dim small">It has been deleted since.</p>
  if (then.hash === now.hash) return <p class="dim small">It has this template now, too.</p>
  const kept = state.live.value?.history.some((entry) => entry.hash === then.hash)
  if (!kept)
    return <p class="dim small">This template is no longer kept: its ReplicaSet is gone.</p>
  return (
    <button type="button" class="primary" onClick={() => void write.plan(then.hash)}>
      {undoLabel(then.hash, then.images)}
    </button>
  )
}

function UndoToBefore() {
  const { state, write } = useModel()
  const { history = [], paused } = state.live.value ?? {}
  const before = history.find((entry) => !entry.current)
  const { outcome, explanation } = state.progress.value ?? {}
  if (!before || paused) return null
  const urgent = outcome === 'failed' || explanation?.severity === 'error'
  return (
    <button
      type="button"
      class={urgent ? 'primary' : ''}
      title={before.cause}
      onClick={() => void write.plan(before.hash)}
    >
      {undoLabel(before.hash, before.images)}
    </button>
  )
}

function PauseOrResume({ pause }: { pause: (verb: 'pause' | 'resume') => void }) {
  const { state } = useModel()
  const { paused } = state.live.value ?? {}
  const outcome = state.progress.value?.outcome
  if (paused)
    return (
      <button type="button" class="primary" onClick={() => pause('resume')}>
        Resume
      </button>
    )
  if (outcome === 'complete') return null
  return (
    <button type="button" onClick={() => pause('pause')}>
      Pause
    </button>
  )
}

/** What else one should know. */
function Notes() {
  const { state } = useModel()
  const { drift = [], forecast } = state.view.value ?? {}
  if (drift.length === 0 && !forecast) return null
  return (
    <ul class="notes" aria-label="Notes">
      {drift.map((text) => (
        <li key={text} class="note warn" title={text}>
          <b>Drift</b> {text}
        </li>
      ))}
      {forecast && (
        <li class="note" title={forecast}>
          <b>Next rollout</b> {forecast}
        </li>
      )}
    </ul>
  )
}
