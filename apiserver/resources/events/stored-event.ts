/** Events are stored as the core group has them; this is the other names of their fields, and nothing else. */

import type { Event, EventsEvent } from '../../../api/types.ts'

/** The core group's name, and the newer one. */
const names: readonly (readonly [keyof Event, keyof EventsEvent])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
]
const newer = new Map<string, string>(names)
const older = new Map<string, string>(names.map(([core, reported]) => [reported, core]))

/** A new object; its parts are shared. */
export const toReportedEvent = (event: Event): EventsEvent =>
  renamed(event, newer, 'events.k8s.io/v1') as EventsEvent

/** A new object; its parts are shared. */
export const toCoreEvent = (event: EventsEvent): Event => renamed(event, older, 'v1') as Event

function renamed(event: object, names: ReadonlyMap<string, string>, apiVersion: string): unknown {
  const entries = Object.entries(event).map(([key, value]) => [names.get(key) ?? key, value])
  return Object.fromEntries([...entries, ['apiVersion', apiVersion]])
}
