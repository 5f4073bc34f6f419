/** The object as it stands in the store. */

import { useAnswer } from './answer.ts'
import { useModel } from './context.ts'

export function YamlTab() {
  const { state, server, copy } = useModel()
  const [namespace, revision] = [state.namespace.value, state.at.value]
  const selection = state.selection.value
  const kind = selection.kind
  const name = selection.kind === 'Deployment' ? state.deployment.value : selection.name
  const { value, error } = useAnswer(
    `${namespace}/${kind}/${name}@${revision ?? ''}`,
    state.view.value?.moment.revision,
    (signal) => server.yaml({ namespace, kind, name, ...(revision && { revision }) }, signal),
  )
  if (error) return <p class="warn-text">{error}</p>
  if (!value) return <p class="dim">Asking ...</p>
  return (
    <div class="yaml">
      <button type="button" class="quiet copy" onClick={() => void copy(value.yaml)}>
        Copy
      </button>
      <pre>{value.yaml}</pre>
    </div>
  )
}
