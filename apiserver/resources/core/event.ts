/** Event: something that happened to an object, told for an hour. Nothing may depend on it. */

import type { Event } from '../../../api/types.ts'
import { age } from '../ages.ts'
import { nameColumn } from '../common-columns.ts'
import { defineResource } from '../resource.ts'
import { validateEvent } from './event-validation.ts'

const firstSeen = (event: Event, now: number) => age(event.firstTimestamp ?? event.eventTime, now)

function lastSeen(event: Event, now: number): string {
  if (event.series) return age(event.series.lastObservedTime, now)
  return event.lastTimestamp ? age(event.lastTimestamp, now) : firstSeen(event, now)
}

function target({ involvedObject: { kind = '', name } }: Event): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase()
}

function source({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || ''
  const instance = source?.host || reportingInstance || ''
  return instance ? `${component}, ${instance}` : component
}

const involved = (field: keyof Event['involvedObject']) => (event: Event) =>
  String(event.involvedObject?.[field] ?? '')

export const events = defineResource<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Event',
  strategy: {
    generation: false,
    createOnUpdate: true,
    validate: (event) => [...validateEvent(event)],
  },
  subresources: [],
  ttlSeconds: 3600,
  fieldSelectors: {
    'involvedObject.kind': involved('kind'),
    'involvedObject.namespace': involved('namespace'),
    'involvedObject.name': involved('name'),
    'involvedObject.uid': involved('uid'),
    'involvedObject.apiVersion': involved('apiVersion'),
    'involvedObject.resourceVersion': involved('resourceVersion'),
    'involvedObject.fieldPath': involved('fieldPath'),
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || (reportingComponent ?? ''),
    type: ({ type }) => type ?? '',
  },
  columns: [
    {
      name: 'Last Seen',
      type: 'string',
      description: 'When it happened last.',
      cell: (event, { now }) => lastSeen(event, now),
    },
    {
      name: 'Type',
      type: 'string',
      description: 'Normal, or Warning.',
      cell: ({ type }) => type ?? '',
    },
    {
      name: 'Reason',
      type: 'string',
      description: 'Why, in a word for programs.',
      cell: ({ reason }) => reason ?? '',
    },
    { name: 'Object', type: 'string', description: 'What it happened to.', cell: target },
    {
      name: 'Subobject',
      type: 'string',
      priority: 1,
      description: 'The part of the object.',
      cell: involved('fieldPath'),
    },
    {
      name: 'Source',
      type: 'string',
      priority: 1,
      description: 'Who tells it.',
      cell: source,
    },
    {
      name: 'Message',
      type: 'string',
      description: 'What happened, for people.',
      cell: ({ message }) => (message ?? '').trim(),
    },
    {
      name: 'First Seen',
      type: 'string',
      priority: 1,
      description: 'When it happened first.',
      cell: (event, { now }) => firstSeen(event, now),
    },
    {
      name: 'Count',
      type: 'string',
      priority: 1,
      description: 'How often it happened.',
      cell: ({ series, count }) => (series ? (series.count ?? 0) : count || 1),
    },
    { ...nameColumn, priority: 1 },
  ],
})
