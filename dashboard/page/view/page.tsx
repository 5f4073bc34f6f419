/** The one screen. */

import { useEffect } from 'preact/hooks'
import { Bounds } from './bounds.tsx'
import { useModel } from './context.ts'
import { Deployments } from './deployments.tsx'
import { Details } from './details.tsx'
import { Hatches } from './hatches.tsx'
import { Header } from './header.tsx'
import { Help } from './help.tsx'
import { Lanes } from './lanes.tsx'
import { Stamps } from './stamps.ts'
import { Tables } from './tables.tsx'
import { Timeline } from './timeline.tsx'
import { Toast } from './toast.tsx'
import { UndoDialog } from './undo-dialog.tsx'
import { Verdict } from './verdict.tsx'

export function Page() {
  const { state } = useModel()
  useTitle()
  if (!state.token.value || state.line.value.state === 'refused') return <Gate />
  return (
    <div
      class={`page ${state.isPast.value ? 'is-past' : ''} ${state.tables.value ? 'as-tables' : ''}`}
    >
      <Hatches />
      <Header />
      <Deployments />
      <main class="rollout" aria-label="Rollout" aria-busy={state.waiting.value}>
        <Verdict />
        {state.tables.value ? (
          <Tables />
        ) : (
          <>
            <Bounds />
            <Lanes />
          </>
        )}
        <Timeline />
        <Details />
      </main>
      <UndoDialog />
      <Help />
      <Toast />
      <Voices />
      <Stamps />
      {state.isPast.value && <div class="stripes" aria-hidden="true" />}
    </div>
  )
}

/** For those who do not see it. */
function Voices() {
  const { state } = useModel()
  return (
    <div class="unseen">
      <div aria-live="polite" id="polite">
        {state.polite.value}
      </div>
      <div aria-live="assertive" id="assertive">
        {state.assertive.value}
      </div>
    </div>
  )
}

function useTitle() {
  const { state } = useModel()
  const name = state.deployment.value
  const outcome = state.live.value?.progress.outcome
  useEffect(() => {
    document.title = name ? `${name}${outcome ? `: ${outcome}` : ''} - Tiphys` : 'Tiphys'
  }, [name, outcome])
}

/** Who has no token is told where it is printed. */
function Gate() {
  const { state, withToken } = useModel()
  const line = state.line.value
  return (
    <main class="gate panel">
      <h1>Tiphys</h1>
      {line.state === 'refused' && (
        <p class="warn-text" role="alert">
          {line.status === 401 ? 'This token is not the present one.' : line.reason}
        </p>
      )}
      <p>
        Open the address that <code>tiphys dashboard</code> prints: it ends in the token. Or paste
        it here.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const { value } = event.currentTarget.elements.namedItem('token') as HTMLInputElement
          withToken(/token=([^&]+)/.exec(value)?.[1] ?? value.trim())
        }}
      >
        <label>
          Address or token <input name="token" autocomplete="off" spellcheck={false} />
        </label>
        <button type="submit" class="primary">
          Open
        </button>
      </form>
    </main>
  )
}
