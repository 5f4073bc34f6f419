/** All that the page knows, as signals: what the server said, what is looked at, and what the user chose. It does nothing. */

import { computed, signal } from '@preact/signals'
import type { Hello, LinkState, ListView, RolloutView, UndoPlan } from '../../protocol.ts'
import { type Address, parseAddress } from '../address.ts'
import type { Line } from '../link/stream.ts'
import { laneMaker } from '../rollout/lane.ts'
import type { Chronicle } from '../time/chronicle.ts'
import { foldedScale } from '../time/scale.ts'
import { lastNotAfter } from '../time/stops.ts'

export type Selection =
  | { kind: 'Deployment' }
  | { kind: 'ReplicaSet'; name: string }
  | { kind: 'Pod'; name: string; uid: string; gone: boolean }

export const tabs = ['Why', 'Diff', 'Events', 'Logs', 'YAML'] as const
export type Tab = (typeof tabs)[number]

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** How much of the past the timeline shows; 0 is all that is kept. */
export const ranges = [
  { word: '2 min', ms: 120_000 },
  { word: '15 min', ms: 900_000 },
  { word: '2 h', ms: 7_200_000 },
  { word: 'all', ms: 0 },
] as const

export interface UndoAsked {
  plan: UndoPlan
  namespace: string
  deployment: string
  /** It has changed since the plan was shown first. */
  changed: boolean
  busy: boolean
  error?: string
}

export interface Toast {
  text: string
  bad: boolean
  redo?: { hash: string; namespace: string; deployment: string }
}

export interface Past {
  revision: number
  view: RolloutView | undefined
  error: string | undefined
  /** When the playhead came here; milliseconds since 1970. */
  wantedAt: number
}

export interface Painted {
  revision: number
  /** Milliseconds since 1970. */
  receivedAt: number
}

export type State = ReturnType<typeof createState>

export function createState(hash: string, now: number, recall: (key: string) => string | null) {
  const address = signal<Address>(parseAddress(hash))
  const live = signal<RolloutView | undefined>(undefined)
  const past = signal<Past | undefined>(undefined)
  const timeline = signal<Chronicle | undefined>(undefined)
  const bookmarks = signal<readonly number[]>([])
  const liveList = signal<ListView | undefined>(undefined)
  const pastList = signal<ListView | undefined>(undefined)

  const at = computed(() => address.value.at)
  const isPast = computed(() => at.value !== undefined)
  // Until the past has come, the present stays, and is known to be another: nothing flickers.
  const view = computed(() => (isPast.value && past.value ? past.value.view : live.value))
  const waiting = computed(() => isPast.value && past.value?.revision !== at.value)
  const lanesOf = laneMaker()
  const gone = computed(() => {
    const [list, shown] = [liveList.value, live.value]
    if (!list || !shown) return false
    const { name } = shown.progress
    const later = list.moment.revision > shown.moment.revision
    return later && !list.rows.some((row) => row.name === name)
  })
  const stops = computed(() => timeline.value?.stops ?? [])

  const clock = signal(now)
  const hello = signal<Hello | undefined>(undefined)
  const range = signal<number>(0)
  const playTime = signal<number | undefined>(undefined)

  /** Milliseconds; the end of what is told when live. */
  const end = computed(() => {
    const last = stops.value.at(-1)?.time ?? clock.value
    return hello.value?.recording === undefined ? Math.max(last, clock.value) : last
  })
  const headTime = computed(() => {
    if (at.value === undefined) return end.value
    const index = lastNotAfter(stops.value, at.value, 'revision')
    return playTime.value ?? stops.value[Math.max(0, index)]?.time ?? end.value
  })
  const scale = computed(() => {
    const first = stops.value[0]?.time ?? end.value - 60_000
    const shown = range.value === 0 ? first : Math.max(first, end.value - range.value)
    const from = isPast.value ? Math.min(shown, headTime.value) : shown
    return foldedScale(
      stops.value.map(({ time }) => time),
      from,
      end.value,
    )
  })

  /** A recording has no present, but an end. */
  const present = computed(() => (hello.value?.recording === undefined ? 'live' : 'the end'))

  return {
    address,
    token: computed(() => address.value.token),
    namespace: computed(() => address.value.namespace),
    deployment: computed(() => address.value.deployment),
    at,
    isPast,

    line: signal<Line>({ state: 'connecting' }),
    cluster: signal<LinkState>({ state: 'live' }),
    hello,
    present,
    live,
    past,
    timeline,
    liveList,
    pastList,
    painted: signal<Painted | undefined>(undefined),

    /** The server's clock, by the second. */
    now: clock,
    /** Milliseconds that it is ahead of this machine's. */
    ahead: signal(0),

    view,
    /** What is drawn is not yet of the revision that is asked for. */
    waiting,
    /** It is no longer in the list of the present. */
    gone,
    list: computed(() => (isPast.value ? (pastList.value ?? liveList.value) : liveList.value)),
    progress: computed(() => view.value?.progress),
    gauge: computed(() => view.value?.progress.gauge),
    lanes: computed(() => (view.value ? lanesOf(view.value) : [])),
    stops,

    selection: signal<Selection>({ kind: 'Deployment' }),
    tab: signal<Tab>('Why'),
    tables: signal(recall('view') === 'tables'),
    theme: signal<Theme>(themes.find((each) => each === recall('theme')) ?? 'system'),
    /** Whether single letters are shortcuts. */
    letters: signal(recall('letters') !== 'off'),
    help: signal(false),

    bookmarks,
    playing: signal(false),
    speed: signal(1),
    range,
    /** The axis of the timeline. */
    scale,
    /** The mark that is pointed at. */
    pointed: signal<Chronicle['marks'][number] | undefined>(undefined),
    /** Where the playhead stands; milliseconds. */
    headTime,
    /** Where the playhead stands between two stops while it plays; milliseconds. */
    playTime,

    undo: signal<UndoAsked | undefined>(undefined),
    toast: signal<Toast | undefined>(undefined),
    polite: signal(''),
    assertive: signal(''),
  }
}

/** Nothing can be written: a file is shown, or nobody is there to take it. */
export const isReadOnly = (state: State): boolean =>
  state.hello.value?.recording !== undefined || state.line.value.state === 'refused'
