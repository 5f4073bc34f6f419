/** More about what is selected: why, what differs, what was told, what it wrote, and as it stands in the store. */

import { useRef } from 'preact/hooks'
import { type Selection, type Tab, tabs } from '../model/state.ts'
import { useModel } from './context.ts'
import { DiffTab } from './diff.tsx'
import { EventsTab } from './events.tsx'
import { LogsTab } from './logs.tsx'
import { WhyTab } from './why.tsx'
import { YamlTab } from './yaml.tsx'

export const nameOf = (selection: Selection, deployment: string): string =>
  selection.kind === 'Deployment'
    ? `deployment/${deployment}`
    : `${selection.kind.toLowerCase()}/${selection.name}`

export function Details() {
  const { state, select } = useModel()
  const selection = state.selection.value
  const tab = state.tab.value
  return (
    <section class="details panel" aria-labelledby="details-title">
      <div class="details-head">
        <h2 id="details-title">
          <span class="unseen">Details of </span>
          <code>{nameOf(selection, state.deployment.value)}</code>
        </h2>
        {selection.kind !== 'Deployment' && (
          <button type="button" class="quiet" onClick={() => select({ kind: 'Deployment' })}>
            Back to the deployment
          </button>
        )}
        <TabList />
      </div>
      <div
        class="tab-panel"
        role="tabpanel"
        id="tab-panel"
        aria-labelledby={`tab-${tab}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached
        tabIndex={0}
      >
        {state.view.value && <Shown tab={tab} />}
      </div>
    </section>
  )
}

function Shown({ tab }: { tab: Tab }) {
  switch (tab) {
    case 'Why':
      return <WhyTab />
    case 'Diff':
      return <DiffTab />
    case 'Events':
      return <EventsTab />
    case 'Logs':
      return <LogsTab />
    case 'YAML':
      return <YamlTab />
    default:
      return tab satisfies never
  }
}

function TabList() {
  const { state } = useModel()
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const at = tabs.indexOf(state.tab.peek())
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const tab = tabs[(to + tabs.length) % tabs.length]!
    state.tab.value = tab
    list.current?.querySelector<HTMLElement>(`#tab-${tab}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label="Details" data-arrows ref={list} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          type="button"
          key={tab}
          id={`tab-${tab}`}
          role="tab"
          aria-selected={state.tab.value === tab}
          aria-controls="tab-panel"
          tabIndex={state.tab.value === tab ? 0 : -1}
          onClick={() => {
            state.tab.value = tab
          }}
        >
          {tab}
        </button>
      ))}
    </div>
  )
}
