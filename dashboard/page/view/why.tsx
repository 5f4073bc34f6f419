/** Why it is so: what is the matter, by what one sees that, and the chain of writes that made it. */

import { type Because, evidenceOf, objectsText } from '../rollout/evidence.ts'
import { useSelected } from './answer.ts'
import { useModel } from './context.ts'

export function WhyTab() {
  const { state, server } = useModel()
  const { value, error, pod } = useSelected((selected, signal) => server.why(selected, signal))
  const { explanation } = state.progress.value ?? {}
  const said =
    value?.state ??
    (pod || !explanation ? undefined : { ...explanation, sentence: explanation.verdict })
  const because = value?.because ?? (pod ? [] : (explanation?.because ?? []))
  return (
    <div class="why">
      {said && (
        <div class={`why-said severity-${said.severity}`}>
          <p>{said.sentence}</p>
          {said.next && said.severity !== 'ok' && <p class="dim">{said.next}</p>}
        </div>
      )}
      {error && <p class="warn-text">{error}</p>}
      {pod && !value && !error && <p class="dim">Asking ...</p>}
      {because.length > 0 && <EvidenceShown because={because} />}
      {value && value.chain.length > 0 && <Chain chain={value.chain} />}
      {!pod && <Also />}
    </div>
  )
}

function EvidenceShown({ because }: { because: readonly Because[] }) {
  return (
    <>
      <h3>Because</h3>
      <ul class="evidence">
        {evidenceOf(because).map(({ objects, field, message }) => (
          <li key={`${objects[0]} ${field} ${message}`}>
            <code class="dim">
              {objectsText(objects)} {field}
            </code>
            <p>{message}</p>
          </li>
        ))}
      </ul>
    </>
  )
}

/** The nearest first; what was not told but follows is drawn dashed, and says so. */
function Chain({ chain }: { chain: { text: string; inferred: boolean }[] }) {
  return (
    <>
      <h3>Written by</h3>
      <ol class="chain" aria-label="Chain of writes">
        {chain.map(({ text, inferred }, index) => (
          <li key={text} class={writeClass(text, inferred, index)}>
            {text.replace(/^<- /, '')}
            {inferred && !text.includes('inferred') && <span class="dim"> (inferred)</span>}
          </li>
        ))}
      </ol>
    </>
  )
}

/** What is no write itself stands beside the one before it. */
function writeClass(text: string, inferred: boolean, index: number): string {
  if (index > 0 && !text.startsWith('<- ')) return 'beside dim'
  return inferred ? 'write inferred' : 'write'
}

function Also() {
  const { state } = useModel()
  const { drift = [], forecast } = state.view.value ?? {}
  if (drift.length === 0 && !forecast) return null
  return (
    <>
      <h3>Also</h3>
      <ul class="evidence">
        {drift.map((text) => (
          <li key={text}>{text}</li>
        ))}
        {forecast && <li>The next rollout: {forecast}</li>}
      </ul>
    </>
  )
}
