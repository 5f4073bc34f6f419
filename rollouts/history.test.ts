import assert from 'node:assert/strict'
import type { Deployment, Event, ReplicaSet } from '../api/types.ts'
import { changeCause, historyOf } from './history.ts'
import { historyAnnotation, revisionAnnotation } from './revision.ts'
import { templateHashLabel } from './template.ts'
import { owned, templateOf } from './testing/sketch.ts'

const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`

const set = (revision: number, image: string, annotations = {}): ReplicaSet => ({
  metadata: {
    name: `web-${image}`,
    labels: { [templateHashLabel]: `hash${image}` },
    annotations: { [revisionAnnotation]: String(revision), ...annotations },
    creationTimestamp: at(revision),
    ...owned('Deployment', 'd'),
  },
  spec: { selector: {}, template: templateOf(`web:${image}`) },
})
const deployment = (image: string, reason: string, minute: number, fields = {}): Deployment => ({
  metadata: { name: 'web', uid: 'd', ...fields },
  spec: { selector: {}, template: templateOf(`web:${image}`) },
  status: {
    conditions: [{ type: 'Progressing', status: 'True', reason, lastUpdateTime: at(minute) }],
  },
})
const scaled = (image: string, from: number, to: number, minute: number): Event => ({
  metadata: { name: `${image}${to}` },
  involvedObject: {},
  reason: 'ScalingReplicaSet',
  message: `Scaled ${to > from ? 'up' : 'down'} replica set web-${image} from ${from} to ${to}`,
  lastTimestamp: at(minute),
})
const done = deployment('b', 'NewReplicaSetAvailable', 5)

describe('the history of a deployment', () => {
  it('is newest first, each with what it changed', () => {
    const entries = historyOf({ deployment: done, replicaSets: [set(1, 'a'), set(2, 'b')] })
    assert.deepEqual(
      entries.map(({ hash, revision, cause, current }) => [hash, revision, cause, current]),
      [
        ['hashb', 2, 'image web a -> b', true],
        ['hasha', 1, 'first', false],
      ],
    )
    assert.deepEqual([entries[0]?.outcome, entries[0]?.took], ['complete', 3 * 60_000])
  })

  it('takes a cause that was written for one revision, not one that was handed on', () => {
    const told = { [changeCause]: 'for the fair' }
    const replicaSets = [set(1, 'a', told), set(2, 'b', told)]
    const causes = historyOf({ deployment: done, replicaSets }).map(({ cause }) => cause)
    assert.deepEqual(causes, ['image web a -> b', 'for the fair'])
  })

  it('tells from events how earlier rollouts went', () => {
    const events = [
      scaled('a', 0, 3, 1),
      scaled('b', 0, 1, 10),
      scaled('a', 3, 0, 12),
      scaled('c', 0, 1, 20),
      scaled('d', 0, 1, 21),
    ]
    const replicaSets = [set(1, 'a'), set(2, 'b'), set(3, 'c'), set(4, 'd')]
    const current = deployment('d', 'ReplicaSetUpdated', 22)
    const entries = historyOf({ deployment: current, replicaSets, events: events.reverse() })
    assert.deepEqual(
      entries.map(({ hash, outcome, took }) => [hash, outcome, took]),
      [
        ['hashd', 'under way', undefined],
        ['hashc', 'superseded', undefined],
        ['hashb', 'complete', 2 * 60_000],
        ['hasha', undefined, undefined],
      ],
    )
  })

  it('names who wrote the template, if the time fits', () => {
    const managedFields = [
      { manager: 'status', time: at(2), subresource: 'status', fieldsV1: {} },
      {
        manager: 'kubectl-set',
        operation: 'Update',
        time: at(2),
        fieldsV1: { 'f:spec': { 'f:template': {} } },
      },
      { manager: 'scaler', time: at(1), fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ]
    const owner = deployment('b', 'NewReplicaSetAvailable', 5, { managedFields })
    const entries = historyOf({ deployment: owner, replicaSets: [set(1, 'a'), set(2, 'b')] })
    assert.deepEqual(
      entries.map(({ author }) => author?.manager),
      ['kubectl-set', undefined],
    )
  })

  it('names nobody who wrote only after it had begun', () => {
    const later = '2026-01-01T00:02:01Z'
    const write = { manager: 'hasty', time: later, fieldsV1: { 'f:spec': { 'f:template': {} } } }
    const owner = deployment('b', 'NewReplicaSetAvailable', 5, { managedFields: [write] })
    const entries = historyOf({ deployment: owner, replicaSets: [set(1, 'a'), set(2, 'b')] })
    assert.deepEqual(
      entries.map(({ author }) => author),
      [undefined, undefined],
    )
  })

  it('does not say how long one took that was there before', () => {
    const again = set(3, 'b', { [historyAnnotation]: '1' })
    const [entry] = historyOf({ deployment: done, replicaSets: [set(2, 'a'), again] })
    assert.equal(entry?.took, undefined)
  })

  it('compares with what was there before, also when that has been gone back to since', () => {
    const replicaSets = [set(1, 'a'), set(3, 'c'), set(4, 'b', { [historyAnnotation]: '2' })]
    const causes = historyOf({ deployment: done, replicaSets }).map(({ cause }) => cause)
    assert.deepEqual(causes, ['image web c -> b', 'image web b -> c', 'first'])
  })

  it('does not take a write that began one rollout for the beginning of the next', () => {
    const template = { 'f:spec': { 'f:template': {} } }
    const managedFields = [{ manager: 'kubectl', time: '2026-01-01T00:01:58Z', fieldsV1: template }]
    const first = set(1, 'a')
    first.metadata.creationTimestamp = '2026-01-01T00:01:58Z'
    const owner = deployment('b', 'NewReplicaSetAvailable', 5, { managedFields })
    const entries = historyOf({ deployment: owner, replicaSets: [first, set(2, 'b')] })
    assert.deepEqual(
      entries.map(({ author }) => author?.manager),
      [undefined, 'kubectl'],
    )
  })

  it('is not misled by rollouts that follow one another within a second, nor by old words', () => {
    const inOrder = [
      scaled('a', 0, 3, 1),
      scaled('b', 0, 3, 5),
      scaled('a', 3, 0, 9),
      scaled('c', 0, 1, 9),
    ]
    const events = inOrder.map((event, at) => ({
      ...event,
      message: event.message?.replace(/ from \d/, ''),
      metadata: { ...event.metadata, resourceVersion: String(at + 9) },
    })) as Event[]
    const replicaSets = [set(1, 'a'), set(2, 'b'), set(3, 'c')]
    const current = deployment('c', 'ReplicaSetUpdated', 9)
    const [, second] = historyOf({ deployment: current, replicaSets, events: events.reverse() })
    assert.deepEqual([second?.outcome, second?.took], ['complete', 4 * 60_000])
  })

  it('takes no account of objects of others', () => {
    const stranger = set(2, 'b')
    stranger.metadata.ownerReferences = []
    assert.deepEqual(historyOf({ deployment: done, replicaSets: [stranger] }), [])
  })
})
