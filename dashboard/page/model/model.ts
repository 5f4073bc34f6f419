/** The page without its looks: state, and everything that changes it. */

import { batch, effect } from '@preact/signals'
import { formatAddress, parseAddress } from '../address.ts'
import { Announcer } from '../announce.ts'
import type { Action } from '../keys.ts'
import { createServer, Refusal } from '../link/server.ts'
import type { Ports } from '../ports.ts'
import { Follower } from './follow.ts'
import { createState, type Selection, type State, type Tab } from './state.ts'
import { Traveller } from './travel.ts'
import { Writer } from './write.ts'

/** What else of the browser is needed. */
export interface Browser {
  readHash: () => string
  /** `added`: one can go back to the one before. */
  writeHash: (hash: string, added: boolean) => void
  recall: (key: string) => string | null
  remember: (key: string, value: string) => void
  save: (name: string, content: Blob) => void
  copy: (text: string) => Promise<void>
}

/** While the playhead is dragged the address follows at this distance: browsers count how often it is written. */
const addressMs = 250

export type Model = ReturnType<typeof createModel>

export function createModel(ports: Ports, browser: Browser) {
  const state = createState(browser.readHash(), ports.now(), browser.recall)
  const server = createServer(ports, () => state.token.peek())
  const announcer = new Announcer(ports, {
    polite: (text) => {
      state.polite.value = text
    },
    assertive: (text) => {
      state.assertive.value = text
    },
  })
  const follower = new Follower(ports, state, server, announcer)
  const travel = new Traveller(ports, state, server)
  const write = new Writer(state, server)
  keepAddress(ports, browser, state)
  keepChoices(browser, state)
  followAddress(state, follower, travel)
  return {
    state,
    server,
    ports,
    travel,
    write,
    /** Goes on where the address was changed by hand, or by going back. */
    readAddress: () => {
      state.address.value = parseAddress(browser.readHash())
    },
    open: (deployment: string) => {
      const { at: _, ...address } = state.address.peek()
      state.address.value = { ...address, deployment }
    },
    inNamespace: (namespace: string) => {
      const { token } = state.address.peek()
      state.address.value = { token, namespace, deployment: '' }
    },
    withToken: (token: string) => {
      state.address.value = { ...state.address.peek(), token }
    },
    select: (selection: Selection, tab?: Tab) =>
      batch(() => {
        state.selection.value = selection
        if (tab) state.tab.value = tab
      }),
    seen: (visible: boolean) => follower.seen(visible),
    tick: () => {
      state.now.value = ports.now() + state.ahead.peek()
    },
    copy: async (text: string) => {
      try {
        await browser.copy(text)
        state.polite.value = 'Copied.'
      } catch (error) {
        state.toast.value = { bad: true, text: `Not copied: ${(error as Error).message}` }
      }
    },
    saveRecording: () => saveRecording(state, server, browser),
    perform: (action: Action) => perform(action, state, travel, write),
  }
}

function perform(action: Action, state: State, travel: Traveller, write: Writer): void {
  switch (action.do) {
    case 'step':
      travel.step(action.direction, action.notable)
      break
    case 'speed':
      travel.speed(action.direction)
      break
    case 'play':
      travel.play()
      break
    case 'mark':
      travel.mark()
      break
    case 'live':
      travel.live()
      break
    case 'help':
      state.help.value = !state.help.peek()
      break
    case 'table':
      state.tables.value = !state.tables.peek()
      break
    case 'undo':
      void write.plan(state.isPast.peek() ? currentHash(state) : undefined)
      break
    default:
      action satisfies never
  }
}

/** Of the moment that is looked at. */
const currentHash = (state: State): string | undefined =>
  state.view.peek()?.history.find((entry) => entry.current)?.hash

/** The address says what is shown. */
function keepAddress(ports: Ports, browser: Browser, state: State): void {
  let waiting: (() => void) | undefined
  let shown = ''
  effect(() => {
    const { at, ...place } = state.address.value
    const key = formatAddress(place)
    const write = () => {
      waiting = undefined
      browser.writeHash(formatAddress(state.address.peek()), false)
    }
    waiting?.()
    waiting = undefined
    if (shown && key !== shown)
      browser.writeHash(formatAddress({ ...place, ...(at && { at }) }), true)
    else if (shown) waiting = ports.later(addressMs, write)
    else write()
    shown = key
  })
}

function keepChoices(browser: Browser, state: State): void {
  effect(() => browser.remember('view', state.tables.value ? 'tables' : 'graphic'))
  effect(() => browser.remember('theme', state.theme.value))
  effect(() => browser.remember('letters', state.letters.value ? 'on' : 'off'))
}

/** Another Deployment, another stream; another moment, another view. */
function followAddress(state: State, follower: Follower, travel: Traveller): void {
  effect(() => {
    const [token, namespace] = [state.token.value, state.namespace.value, state.deployment.value]
    batch(() => {
      travel.forget()
      state.live.value = undefined
      state.timeline.value = undefined
      state.bookmarks.value = []
      state.selection.value = { kind: 'Deployment' }
      if (state.liveList.peek()?.rows.every((row) => row.namespace !== namespace))
        state.liveList.value = undefined
    })
    if (token) follower.follow()
    else follower.stop()
  })
  effect(() => {
    const at = state.at.value
    if (at === undefined) travel.live()
    else if (state.deployment.value) travel.go(at, state.playTime.peek())
  })
}

async function saveRecording(
  state: State,
  server: ReturnType<typeof createServer>,
  browser: Browser,
): Promise<void> {
  const namespace = state.namespace.peek()
  try {
    browser.save(`${namespace}.recording.jsonl`, await server.recording(namespace))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    state.toast.value = { bad: true, text: `Not saved: ${error.message}` }
  }
}
