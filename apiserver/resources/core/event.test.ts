import assert from 'node:assert/strict'
import type { Event } from '../../../api/types.ts'
import { created, row } from '../examples.ts'
import { events } from './event.ts'

const now = Date.UTC(2026, 0, 1, 1)
const event = (more: Partial<Event> = {}): Event => ({
  metadata: { name: 'web.1', namespace: 'default' },
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'web' },
  ...more,
})
const reported: Partial<Event> = {
  eventTime: '2026-01-01T00:59:00.000000Z',
  reportingComponent: 'example.com/a',
  reportingInstance: 'a-1',
  action: 'Start',
  reason: 'Started',
}

describe('events', () => {
  const rules: [about: string, bad: Partial<Event>, errors: string[], near: Partial<Event>][] = [
    [
      'stand where their object stands',
      { involvedObject: { namespace: 'other' } },
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
      { involvedObject: { kind: 'Node', name: 'one' } },
    ],
    [
      'about objects without a namespace stand in default',
      { metadata: { name: 'a', namespace: 'other' }, involvedObject: { kind: 'Node' } },
      ['involvedObject.namespace: Invalid value: "": does not match event.namespace'],
      { metadata: { name: 'a', namespace: 'default' }, involvedObject: { kind: 'Node' } },
    ],
    [
      'in the newer form say who did what and why',
      { eventTime: '2026-01-01T00:00:00.000000Z', reportingComponent: 'a' },
      ['reportingInstance: Required value', 'action: Required value', 'reason: Required value'],
      reported,
    ],
    [
      'in the newer form are short',
      { ...reported, message: 'x'.repeat(1025), action: 'x'.repeat(129) },
      [
        'action: Invalid value: "": can have at most 128 characters',
        'message: Invalid value: "": can have at most 1024 characters',
      ],
      { ...reported, message: 'x'.repeat(1024), action: 'x'.repeat(128) },
    ],
  ]
  for (const [about, bad, errors, near] of rules) {
    it(about, () => assert.deepEqual(created(events, event(bad)), errors))
    it(`${about}: nearly so`, () => assert.deepEqual(created(events, event(near)), []))
  }

  it('are found by what they are about', () => {
    const found = (field: string, object: Event) =>
      events.fieldSelectors?.[field]?.(object as never)
    assert.equal(found('involvedObject.name', event()), 'web')
    assert.equal(found('involvedObject.uid', event()), '')
    assert.equal(found('source', event({ source: { component: 'kubelet' } })), 'kubelet')
    assert.equal(found('source', event(reported)), 'example.com/a')
  })

  it('are told an hour', () => assert.equal(events.ttlSeconds, 3600))

  const rows: [string, Partial<Event>, unknown[]][] = [
    [
      'in the older form',
      {
        type: 'Warning',
        reason: 'BackOff',
        message: ' Back-off \n',
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:59:30Z',
        count: 7,
        source: { component: 'kubelet', host: 'one' },
      },
      ['30s', 'Warning', 'BackOff', 'pod/web', '', 'kubelet, one', 'Back-off', '60m', 7, 'web.1'],
    ],
    [
      'in the newer form, once',
      { ...reported, type: 'Normal' },
      ['60s', 'Normal', 'Started', 'pod/web', '', 'example.com/a, a-1', '', '60s', 1, 'web.1'],
    ],
    [
      'in the newer form, again and again',
      { ...reported, series: { count: 5, lastObservedTime: '2026-01-01T00:59:55.000000Z' } },
      ['5s', '', 'Started', 'pod/web', '', 'example.com/a, a-1', '', '60s', 5, 'web.1'],
    ],
    [
      'about nothing by name',
      { involvedObject: { kind: 'Node', fieldPath: 'spec' } },
      ['<unknown>', '', '', 'node', 'spec', '', '', '<unknown>', 1, 'web.1'],
    ],
  ]
  for (const [about, more, cells] of rows)
    it(`read as rows ${about}`, () => assert.deepEqual(row(events, event(more), now, true), cells))

  it('show people the columns that people want', () =>
    assert.deepEqual(
      events.columns.filter(({ priority }) => !priority).map(({ name }) => name),
      ['Last Seen', 'Type', 'Reason', 'Object', 'Message'],
    ))
})
