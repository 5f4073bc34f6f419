/**
 * The page: gives the model the browser's clock, network and address, and draws it. Tests find their way by these roles and
 * names, which are kept:
 *
 * - navigation "Deployments" with list "Deployments": a button a Deployment, `web 3/4 under way, 2 updated ...`,
 *   `aria-current` on the one that is shown. combobox "Namespace". status "Link": `live`, `reconnecting`, `stale since ...`.
 * - main "Rollout"; region "Verdict": heading 1, sentence, button `Undo to 7d9f5 (web 1.2)`, "Pause" or "Resume"; list "Notes".
 * - figure "Bounds": image with the gauge in words (`3 old available, ...; 4 desired, at least 3 ...`), image `Available ...`.
 * - region "Revisions"; group `Revision HASH`: button `Select revision HASH`, button `Undo to this: HASH`, list `Pods of HASH` with
 *   a button a pod, `web-7d9f-x failing: image ...`, or `... gone since 14:03:12`. Above 100: list `Pods of HASH by state` with
 *   expandable buttons `12 failing`, and then list `failing pods of HASH`.
 * - region "Timeline": slider "Playhead" (`aria-valuetext`: `live` or `14:03:12, 6 min ago, revision r1310`), group "Playback",
 *   buttons "Play (Space)", "Mark this moment (m)", "Live" (pressed while it is; then it holds), "Save the recording"; comboboxes "Speed", "Shown".
 * - region "Moment", only in the past: `viewing 14:03:12, 6 min ago`; button "Back to live L".
 * - region `Details of deployment/web`: tablist "Details" with tabs Why, Diff, Events, Logs, YAML; tabpanel; in it list
 *   "Chain of writes", list "Changes of the template", list "Events", log "Log".
 * - dialog "Undo": `Undo to HASH`, "Cancel"; dialog "Keys"; status "Done" with button "Redo".
 * - group "Shown as": buttons "Graphic", "Tables"; tables Bounds, Revisions, Pods, Timeline.
 * - `#polite` and `#assertive` are the live regions.
 *
 * On the root element: `data-rev` is the revision of what is drawn, and changes with it; `data-received-at` is when the last
 * live view came and `data-painted-at` the frame after it was drawn, milliseconds since 1970. `data-past-rev` is the revision
 * that the playhead asked for and that is drawn, with `data-past-wanted-at` and `data-past-painted-at`.
 */

import { effect } from '@preact/signals'
import { render } from 'preact'
import { actionOf, type Focus } from './keys.ts'
import { type Browser, createModel, type Model } from './model/model.ts'
import type { Ports } from './ports.ts'
import { ModelContext } from './view/context.ts'
import { Page } from './view/page.tsx'

const root = document.documentElement
const now = (): number => performance.timeOrigin + performance.now()

const ports: Ports = {
  now,
  later: (ms, run) => {
    const timer = window.setTimeout(run, ms)
    return () => window.clearTimeout(timer)
  },
  frame: (run) => {
    window.requestAnimationFrame(run)
  },
  random: Math.random,
  fetch: (path, init) => window.fetch(path, init),
}

/** Where a browser keeps nothing for us, choices last as long as the page. */
function memory(): {
  get: (key: string) => string | null
  set: (key: string, value: string) => void
} {
  const own = new Map<string, string>()
  try {
    const { localStorage } = window
    return {
      get: (key) => localStorage.getItem(`tiphys.${key}`),
      set: (key, value) => localStorage.setItem(`tiphys.${key}`, value),
    }
  } catch (_refused) {
    return { get: (key) => own.get(key) ?? null, set: (key, value) => own.set(key, value) }
  }
}

const choices = memory()

const browser: Browser = {
  readHash: () => window.location.hash,
  writeHash: (hash, added) => {
    if (hash === window.location.hash) return
    if (added) window.history.pushState(null, '', hash)
    else window.history.replaceState(null, '', hash)
  },
  recall: choices.get,
  remember: choices.set,
  save: (name, content) => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(content)
    link.download = name
    link.click()
    ports.later(10_000, () => URL.revokeObjectURL(link.href))
  },
  copy: (text) => window.navigator.clipboard.writeText(text),
}

/** The second is shown, so it is told; not to a page that nobody sees. */
function keepTime({ tick, seen }: Model): void {
  window.setInterval(() => {
    if (!document.hidden) tick()
  }, 1000)
  document.addEventListener('visibilitychange', () => {
    tick()
    seen(!document.hidden)
  })
}

function focusOf(target: EventTarget | null): Focus {
  if (!(target instanceof Element)) return 'none'
  if (target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]'))
    return 'text'
  if (target.closest('[data-arrows]')) return 'arrows'
  return target.closest('button, a, summary, input') ? 'control' : 'none'
}

function listenToKeys({ state, perform }: Model): void {
  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return
    const action = actionOf(event, focusOf(event.target), state.letters.peek())
    if (!action) return
    event.preventDefault()
    perform(action)
  })
}

const model = createModel(ports, browser)
effect(() => {
  root.dataset.theme = model.state.theme.value
})
keepTime(model)
listenToKeys(model)
window.addEventListener('hashchange', model.readAddress)
window.addEventListener('popstate', model.readAddress)
render(
  <ModelContext.Provider value={model}>
    <Page />
  </ModelContext.Provider>,
  document.getElementById('page')!,
)
