/** What an undo would do, before it is done: Enter confirms. */

import type { UndoAsked } from '../model/state.ts'
import { shortImage } from '../rollout/words.ts'
import { useModel } from './context.ts'
import { Dialog } from './dialog.tsx'
import { Changes } from './diff.tsx'

export function UndoDialog() {
  const { state, write } = useModel()
  const asked = state.undo.value
  if (!asked) return null
  return (
    <Dialog label="Undo" close={() => write.close()}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault()
          void write.confirm()
        }}
      >
        <UndoPlanned asked={asked} />
        <div class="dialog-actions">
          <button type="button" onClick={() => write.close()}>
            Cancel
          </button>
          <button type="submit" class="primary" autofocus disabled={asked.busy}>
            {asked.busy ? 'Undoing ...' : `Undo to ${asked.plan.target.hash}`}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function UndoPlanned({ asked: { plan, deployment, changed, error } }: { asked: UndoAsked }) {
  const { state } = useModel()
  const { target, changes, warnings, forecast, cause } = plan
  const gauge = state.live.value?.progress.gauge
  return (
    <>
      <h2>
        {deployment} back to <code>{target.hash}</code>{' '}
        <span class="dim">{target.images.map(shortImage).join(', ')}</span>
      </h2>
      {changed && (
        <p class="callout warn" role="alert">
          {deployment} has changed meanwhile. This is what would be done now; nothing was done yet.
        </p>
      )}
      {error && (
        <p class="callout bad" role="alert">
          {error}
        </p>
      )}
      <Changes changes={changes} />
      {gauge && (
        <p>
          While it goes on, at least <b>{gauge.floor}</b> of {gauge.desired} stay available, and
          there are at most <b>{gauge.ceiling}</b>, those that end not counted.
        </p>
      )}
      {forecast && <p class="callout">{forecast}</p>}
      {warnings.map((text) => (
        <p key={text} class="callout warn">
          {text}
        </p>
      ))}
      <Commands plan={plan} />
      <p class="dim small">
        Written as kubectl rollout undo writes it{cause && `, with the cause "${cause}"`}. It can be
        redone.
      </p>
    </>
  )
}

/** What to run to compare with one's file: the server names one, warnings may name others. */
function Commands({ plan: { manifest, warnings } }: Pick<UndoAsked, 'plan'>) {
  const named = warnings.map((text) => /see: (.+)$/.exec(text)?.[1])
  const commands = [...named, manifest].filter((command) => command !== undefined && command !== '')
  return (
    <ul class="commands" aria-label="To compare with your file">
      {[...new Set(commands)].map((command) => (
        <Command key={command} command={command ?? ''} />
      ))}
    </ul>
  )
}

function Command({ command }: { command: string }) {
  const { copy } = useModel()
  return (
    <li class="command">
      <code>{command}</code>
      <button
        type="button"
        class="quiet"
        aria-label={`Copy ${command}`}
        onClick={() => void copy(command)}
      >
        Copy
      </button>
    </li>
  )
}
