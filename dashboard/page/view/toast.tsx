/** What was done, and how to have it back; or why it was not. It stays until it is dismissed or something else is done. */

import { useModel } from './context.ts'

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
