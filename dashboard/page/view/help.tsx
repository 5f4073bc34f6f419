/** What keys do. */

import { keyHelp } from '../keys.ts'
import { useModel } from './context.ts'
import { Dialog } from './dialog.tsx'

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
