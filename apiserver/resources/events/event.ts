/** Event as the newer group shows it: the same stored objects as core events, under other names. */

import type { KubernetesObject } from '../../../api/object.ts'
import type { Event, EventsEvent } from '../../../api/types.ts'
import { events as coreEvents } from '../core/event.ts'
import { defineResource } from '../resource.ts'
import { validateNewReport, validateReportUpdate } from './event-validation.ts'
import { toCoreEvent, toReportedEvent } from './stored-event.ts'

const asCore = (event: KubernetesObject) => toCoreEvent(event as EventsEvent)
const selectors = coreEvents.fieldSelectors ?? {}
const select = (label: string) => (event: EventsEvent) =>
  selectors[label]?.(toCoreEvent(event) as KubernetesObject) ?? ''

export const reportedEvents = defineResource<EventsEvent>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  schema: 'io.k8s.api.events.v1.Event',
  storage: {
    stored: coreEvents,
    read: (objects) =>
      objects.map((event) => toReportedEvent(event as unknown as Event) as KubernetesObject),
    write: (event) => asCore(event) as KubernetesObject,
  },
  strategy: {
    generation: false,
    createOnUpdate: true,
    validate: (event) => coreEvents.strategy.validate?.(asCore(event as never) as never) ?? [],
    validateCreate: (event) => [...validateNewReport(toCoreEvent(event))],
    validateUpdate: (event, old) => [...validateReportUpdate(toCoreEvent(event), toCoreEvent(old))],
  },
  subresources: [],
  ttlSeconds: coreEvents.ttlSeconds,
  fieldSelectors: {
    reason: select('reason'),
    'regarding.kind': select('involvedObject.kind'),
    'regarding.namespace': select('involvedObject.namespace'),
    'regarding.name': select('involvedObject.name'),
    'regarding.uid': select('involvedObject.uid'),
    'regarding.apiVersion': select('involvedObject.apiVersion'),
    'regarding.resourceVersion': select('involvedObject.resourceVersion'),
    'regarding.fieldPath': select('involvedObject.fieldPath'),
    reportingController: select('reportingComponent'),
    source: select('source'),
    type: select('type'),
  },
  columns: coreEvents.columns.map((column) => ({
    ...column,
    cell: (event, context) => column.cell(asCore(event as never) as never, context),
  })),
})
