/** What the newer group asks of an event: it is told once, or as a series, and nothing but the series ever changes. */

import type { Event } from '../../../api/types.ts'
import { type FieldErrors, immutable, invalid, required } from '../field-errors.ts'

const types = ['Normal', 'Warning']
const superseded = ['firstTimestamp', 'lastTimestamp', 'count'] as const
const fixed = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
] as const

/** @param event in the core group's form, in which errors name its fields. */
export function* validateNewReport(event: Event): FieldErrors {
  yield* validateSeries(event)
  if (!event.eventTime) yield required('eventTime')
  if (!types.includes(event.type ?? ''))
    yield invalid('type', '', `has invalid value: ${event.type ?? ''}`)
  for (const field of superseded) if (event[field]) yield invalid(field, '', 'needs to be unset')
  if (event.source?.component || event.source?.host)
    yield invalid('source', '', 'needs to be unset')
}

export function* validateReportUpdate(event: Event, old: Event): FieldErrors {
  yield* validateSeries(event)
  for (const field of fixed) yield* immutable(field, event[field], old[field])
  yield* immutable('reportingController', event.reportingComponent, old.reportingComponent)
  yield* immutable('reportingInstance', event.reportingInstance, old.reportingInstance)
}

function* validateSeries({ series }: Event): FieldErrors {
  if (!series) return
  if ((series.count ?? 0) < 2) yield invalid('series.count', '', 'should be at least 2')
  if (!series.lastObservedTime) yield required('series.lastObservedTime')
}
