/** All Deployments of the namespace, each with its state as sign and word. */

import type { ListRow } from '../../protocol.ts'
import { outcomeWord, shortImage, signOf, toneOf } from '../rollout/words.ts'
import { useModel } from './context.ts'
import { Sign } from './sign.tsx'

export function Deployments() {
  const { state } = useModel()
  const list = state.list.value
  return (
    <nav class="deployments panel" aria-labelledby="deployments-title">
      <h2 id="deployments-title">
        Deployments <span class="dim">{list?.rows.length ?? ''}</span>
      </h2>
      {list && list.rows.length === 0 ? (
        <p class="dim empty">
          None in {state.namespace.value}. Make one: <code>kubectl create deployment</code>
        </p>
      ) : (
        <ul aria-label="Deployments">
          {list?.rows.map((row) => (
            <Row key={row.name} row={row} current={row.name === state.deployment.value} />
          ))}
        </ul>
      )}
    </nav>
  )
}

function Row({ row, current }: { row: ListRow; current: boolean }) {
  const { open } = useModel()
  const { name, outcome, severity, desired, available, updated, images, verdict } = row
  const tone = toneOf(outcome, severity)
  const word = outcomeWord(outcome, severity)
  return (
    <li>
      <button
        type="button"
        class={`row tone-${tone}`}
        aria-current={current ? 'true' : undefined}
        title={verdict}
        onClick={() => open(name)}
      >
        <Sign path={signOf(outcome, severity)} class="badge" />
        <span class="row-name">{name}</span>
        <span class="row-count">
          {available}/{desired}
        </span>
        <span class="row-word">
          {word}
          {outcome !== 'complete' && `, ${updated} updated`}
        </span>
        <span class="row-image dim">{images.map(shortImage).join(', ')}</span>
      </button>
    </li>
  )
}
