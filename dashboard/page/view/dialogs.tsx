/** What asks before it is done, and what tells that it was done: undo, toast, and the help of keys. */

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { keyHelp } from '../keys.ts'
import type { UndoAsked } from '../model/state.ts'
import { shortImage } from '../rollout/words.ts'
import { useModel } from './context.ts'
import { Changes } from './diff.tsx'

interface DialogProps {
  label: string
  close: () => void
  children: ComponentChildren
}

/** The browser's own: it keeps the focus inside and gives it back. */
function Dialog({ label, close, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    element.current?.showModal()
    return () => before?.focus()
  }, [])
  return (
    <dialog ref={element} aria-label={label} onClose={close} onCancel={close}>
      {children}
    </dialog>
  )
}

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

function Commands({ plan: { manifest, warnings } }: Pick<UndoAsked, 'plan'>) {
  const { copy } = useModel()
  if (!manifest) return null
  return (
    <p class="command">
      <span class="dim small">
        {warnings.length > 0 ? 'To compare with your file:' : 'To compare:'}
      </span>
      <code>{manifest}</code>
      <button type="button" class="quiet" onClick={() => void copy(manifest)}>
        Copy
      </button>
    </p>
  )
}

export function Toast() {
  const { state, write } = useModel()
  const toast = state.toast.value
  return (
    <div class="toasts" role="status" aria-label="Done">
      {toast && (
        <div class={toast.bad ? 'toast bad' : 'toast'}>
          <span>{toast.text}</span>
          {toast.redo && (
            <button type="button" onClick={() => void write.redo()}>
              Redo
            </button>
          )}
          <button
            type="button"
            class="quiet"
            aria-label="Dismiss"
            onClick={() => {
              state.toast.value = undefined
            }}
          >
            ✕
          </button>
        </div>
      )}
    </div>
  )
}

export function Help() {
  const { state } = useModel()
  const close = () => {
    state.help.value = false
  }
  if (!state.help.value) return null
  return (
    <Dialog label="Keys" close={close}>
      <h2>Keys</h2>
      <dl class="keys">
        {keyHelp.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={state.letters.value}
          onChange={({ currentTarget }) => {
            state.letters.value = currentTarget.checked
          }}
        />
        Single letters are shortcuts
      </label>
      <div class="dialog-actions">
        <button type="button" class="primary" autofocus onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  )
}
