import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { EventsEvent } from '../../../api/types.ts'
import { created, row, updated } from '../examples.ts'
import { reportedEvents } from './event.ts'
import { toCoreEvent, toReportedEvent } from './stored-event.ts'

const event = (more: Partial<EventsEvent> = {}): EventsEvent => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'default' },
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'example.com/c',
  reportingInstance: 'c-1',
  action: 'Waiting',
  reason: 'Because',
  type: 'Normal',
  note: 'It happened.',
  regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
  ...more,
})

describe('events under their newer names', () => {
  it('are stored as core events', () =>
    assert.deepEqual(toCoreEvent(event({ deprecatedCount: 2 })), {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'default' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingComponent: 'example.com/c',
      reportingInstance: 'c-1',
      action: 'Waiting',
      reason: 'Because',
      type: 'Normal',
      message: 'It happened.',
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      count: 2,
    }))

  it('lose nothing on the way and back', () =>
    fc.assert(
      fc.property(
        fc.record(
          {
            note: fc.string(),
            deprecatedCount: fc.nat(),
            deprecatedSource: fc.object(),
            reason: fc.string(),
          },
          { requiredKeys: [] },
        ),
        (more) => {
          const given = event(more as Partial<EventsEvent>)
          assert.deepEqual(toReportedEvent(toCoreEvent(given)), given)
        },
      ),
    ))

  it('are told once, in the newer form alone', () => {
    assert.deepEqual(created(reportedEvents, event()), [])
    assert.deepEqual(
      created(
        reportedEvents,
        event({ type: 'Odd', deprecatedCount: 1, series: { count: 1, lastObservedTime: '' } }),
      ),
      [
        'series.count: Invalid value: "": should be at least 2',
        'series.lastObservedTime: Required value',
        'type: Invalid value: "": has invalid value: Odd',
        'count: Invalid value: "": needs to be unset',
      ],
    )
  })

  it('change in nothing but their series', () => {
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' }
    assert.deepEqual(updated(reportedEvents, event({ series }), event()), [])
    assert.deepEqual(updated(reportedEvents, event({ note: 'Not.' }), event()), [
      'message: Invalid value: "Not.": field is immutable',
    ])
  })

  it('are found and shown as core events are', () => {
    const shown = event() as never
    assert.equal(reportedEvents.fieldSelectors?.['regarding.kind']?.(shown), 'Pod')
    assert.equal(reportedEvents.fieldSelectors?.reportingController?.(shown), 'example.com/c')
    assert.deepEqual(row(reportedEvents, event(), Date.parse('2026-01-01T00:00:05Z')), [
      '5s',
      'Normal',
      'Because',
      'pod/p',
      'It happened.',
    ])
  })
})
