/** What differs between two templates. */

import { useSignal } from '@preact/signals'
import type { DiffView, RolloutView } from '../../protocol.ts'
import { shortImage } from '../rollout/words.ts'
import { useAnswer } from './answer.ts'
import { useModel } from './context.ts'

type Entry = RolloutView['history'][number]

export function DiffTab() {
  const { state, server } = useModel()
  const chosen = useSignal<{ from?: string; to?: string }>({})
  const history = state.view.value?.history ?? []
  const selection = state.selection.value
  const selected = history.find(
    (entry) => selection.kind === 'ReplicaSet' && entry.replicaSet === selection.name,
  )
  const to = chosen.value.to ?? history.find((entry) => entry.current)?.hash ?? ''
  const from =
    chosen.value.from ??
    other(selected, to)?.hash ??
    history.find(({ hash }) => hash !== to)?.hash ??
    ''
  if (history.length < 2) return <p class="dim">There is one template only.</p>
  return (
    <div>
      <p class="diff-choice">
        <Choice
          label="From"
          history={history}
          value={from}
          change={(hash) => (chosen.value = { from: hash, to })}
        />
        <Choice
          label="To"
          history={history}
          value={to}
          change={(hash) => (chosen.value = { from, to: hash })}
        />
      </p>
      <Differences from={from} to={to} ask={(query, signal) => server.diff(query, signal)} />
    </div>
  )
}

const other = (entry: Entry | undefined, hash: string): Entry | undefined =>
  entry?.hash === hash ? undefined : entry

interface ChoiceProps {
  label: string
  history: readonly Entry[]
  value: string
  change: (hash: string) => void
}

function Choice({ label, history, value, change }: ChoiceProps) {
  return (
    <label>
      <span class="dim">{label}</span>{' '}
      <select value={value} onChange={({ currentTarget }) => change(currentTarget.value)}>
        {history.map(({ hash, images, revision }) => (
          <option key={hash} value={hash}>
            {hash} {images.map(shortImage).join(', ')} (revision {revision})
          </option>
        ))}
      </select>
    </label>
  )
}

interface DifferencesProps {
  from: string
  to: string
  ask: (
    query: { namespace: string; deployment: string; from: string; to: string; revision?: number },
    signal: AbortSignal,
  ) => Promise<DiffView>
}

function Differences({ from, to, ask }: DifferencesProps) {
  const { state } = useModel()
  const [namespace, deployment, revision] = [
    state.namespace.value,
    state.deployment.value,
    state.at.value,
  ]
  const { value, error } = useAnswer(
    `${namespace}/${deployment} ${from} ${to} ${revision}`,
    0,
    (signal) => ask({ namespace, deployment, from, to, ...(revision && { revision }) }, signal),
  )
  if (error) return <p class="warn-text">{error}</p>
  if (!value) return null
  return <Changes changes={value.changes} />
}

/** Field by field: what was there, and what is there. */
export function Changes({ changes }: { changes: DiffView['changes'] }) {
  if (changes.length === 0) return <p class="dim">The templates say the same.</p>
  return (
    <ul class="changes" aria-label="Changes of the template">
      {changes.map(({ path, before, after }) => (
        <li key={path}>
          <code class="path">{path}</code>
          {before !== undefined && (
            <del>
              <span aria-hidden="true">− </span>
              {before}
            </del>
          )}
          {after !== undefined && (
            <ins>
              <span aria-hidden="true">+ </span>
              {after}
            </ins>
          )}
        </li>
      ))}
    </ul>
  )
}
