/**
 * What the page and its server say to each other. Everything that is drawn is worked out on the server from `rollouts/`, so
 * that the page, the terminal and the conditions of a Deployment say the same; the page draws it and asks.
 *
 * The page is opened at `http://127.0.0.1:PORT/#token=TOKEN`, perhaps with `&namespace=N&deployment=D`; it keeps the token for
 * itself and never puts it anywhere else than into the header.
 *
 * What the stream adds begins with its opening (or with `Last-Event-ID`): the timeline is asked for after the `hello`.
 *
 * All paths are below `/api/`, all need `Authorization: Bearer TOKEN` (the stream: a cookie-less `fetch`, read as a stream
 * of server-sent events). Answers are JSON; refusals `{ error: { message, next } }` with a status of 4xx or 5xx.
 *
 *     GET  /api/stream?namespace=N[&deployment=D]     server-sent events; `id:` is the revision; `Last-Event-ID` resumes
 *     GET  /api/at?namespace=N&deployment=D&revision=R   RolloutView, of the past (or `time=RFC3339`)
 *     GET  /api/list?namespace=N&revision=R           ListView, of the past
 *     GET  /api/timeline?namespace=N&deployment=D     TimelineView, from the edge of what is kept
 *     GET  /api/why?namespace=N&deployment=D[&pod=P][&revision=R]   WhyView
 *     GET  /api/diff?namespace=N&deployment=D&from=HASH&to=HASH[&revision=R]   DiffView
 *     GET  /api/events?namespace=N&deployment=D[&pod=P][&revision=R]   EventsView
 *     GET  /api/log?namespace=N&pod=P&uid=U&container=C[&revision=R]   LogView, also of pods that are gone (no C: the first)
 *     GET  /api/yaml?namespace=N&kind=Deployment|ReplicaSet|Pod&name=X[&revision=R]   { yaml: string }
 *     GET  /api/undo?namespace=N&deployment=D[&to=HASH]   UndoPlan
 *     POST /api/undo  { namespace, deployment, to, resourceVersion }   UndoDone; 409 with a new UndoPlan as `plan`
 *     POST /api/pause | /api/resume  { namespace, deployment, resourceVersion }   {}
 *     GET  /api/recording?namespace=N                  the file, to be saved
 */

import type { Lineage } from '../api/lineage.ts'
import type { MarkKind, TimelineMark } from '../recordings/marks.ts'
import type { Moment } from '../recordings/recording.ts'
import type { Slot } from '../recordings/slots.ts'
import type { Entry } from '../rollouts/history.ts'
import type { Progress } from '../rollouts/progress.ts'

export type { MarkKind, Moment, Slot, TimelineMark }

/** One event of the stream: `event:` is the type, `data:` the rest as JSON. */
export type StreamEvent =
  /** First, and after each reconnection: what is kept, and who serves. */
  | { type: 'hello'; hello: Hello }
  /** All Deployments; whenever one of them has changed: at once, then 80 ms after the last time at the earliest. */
  | { type: 'list'; list: ListView }
  /** The chosen one, whole; likewise. */
  | { type: 'rollout'; rollout: RolloutView }
  /** What was added to the timeline of the chosen one since the last. */
  | { type: 'marks'; marks: TimelineMark[]; head: Moment }
  /** The cluster behind the server: `stale` since when it does not answer, and why. */
  | { type: 'link'; link: LinkState }

export interface Hello {
  /** `v1.36.0`. */
  server: string
  context: string
  namespaces: string[]
  /** Where the past begins. */
  edge: Moment
  /** A file is shown: nothing is live, and nothing can be written. */
  recording?: string
  /** Whether the server records causes, so that `why` is told and not inferred. */
  causes: boolean
}

export type LinkState = { state: 'live' } | { state: 'stale'; since: string; reason: string }

export interface ListView {
  moment: Moment
  rows: ListRow[]
}

export interface ListRow {
  namespace: string
  name: string
  /** As in `rollouts/`. */
  outcome: Progress['outcome']
  severity: Progress['explanation']['severity']
  verdict: string
  desired: number
  available: number
  updated: number
  images: string[]
}

export interface RolloutView {
  moment: Moment
  live: boolean
  progress: Progress
  /** By the name of the ReplicaSet, in the order of `progress.revisions`. */
  lanes: { replicaSet: string; slots: Slot[]; size: number }[]
  /** Newest first. */
  history: Entry[]
  paused: boolean
  resourceVersion: string
  /** What was applied says something else: `next apply brings it back`. */
  drift: string[]
  /** What the next rollout would meet: no room for the surge. */
  forecast?: string
}

export interface TimelineView {
  edge: Moment
  head: Moment
  marks: TimelineMark[]
  /** How many were available, whenever that changed; with the bounds of then. */
  available: (Moment & { available: number; floor: number; ceiling: number; desired: number })[]
  /** One a ReplicaSet: how many pods it had, whenever that changed. */
  lanes: { replicaSet: string; hash: string; counts: (Moment & { pods: number })[] }[]
}

export interface WhyView {
  moment: Moment
  /** Of the pod; that of the rollout stands in `progress.explanation`. */
  state?: { sentence: string; severity: Progress['explanation']['severity']; next: string }
  because: Progress['explanation']['because']
  lineage?: Lineage
  /** The same in lines, as `tiphys why` prints it. */
  chain: { text: string; inferred: boolean }[]
}

export interface DiffView {
  from: { hash: string; revision: number }
  to: { hash: string; revision: number }
  changes: { path: string; before?: string; after?: string }[]
}

export interface EventsView {
  moment: Moment
  /** Where the events that are kept begin; RFC 3339, empty where there are none. */
  since: string
  /** Oldest first, in the order in which they were written. */
  events: {
    at: string
    type: string
    reason: string
    message: string
    count: number
    object: string
  }[]
}

export interface LogView {
  /** Up to the moment that is looked at. */
  lines: { at: string; text: string }[]
  containers: string[]
  /** Nothing is kept, and why. */
  missing?: string
}

export interface UndoPlan {
  target: { hash: string; revision: number; images: string[] }
  /** `image web 1.3 -> 1.2`. */
  cause: string
  changes: DiffView['changes']
  warnings: string[]
  forecast?: string
  resourceVersion: string
  /** What to run to see what the file says. */
  manifest: string
}

export interface UndoDone {
  resourceVersion: string
  /** The hash to go back to for a redo. */
  redo: string
}
