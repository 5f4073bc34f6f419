import assert from 'node:assert/strict'
import type { Event, Pod } from '../../api/types.ts'
import type { Entry } from '../../rollouts/history.ts'
import { pod } from '../../rollouts/testing/sketch.ts'
import { historyText } from './history.ts'
import { type Line, textOf } from './line.ts'
import { ancestryLines, lifeLines } from './lineage.ts'

const now = Date.parse('2026-01-01T00:10:00Z')
const at = (second: number) => new Date(now + second * 1000).toISOString()
const text = (lines: readonly Line[]) => lines.map(textOf)
const told = { events: [], logs: [], now }

const named = (change: Partial<Pod>, metadata = {}): Pod => ({
  ...change,
  metadata: { name: 'web-x', uid: 'p', creationTimestamp: at(-60), ...metadata },
})
const entry: Entry = {
  replicaSet: 'web-1',
  hash: 'abc',
  revision: 2,
  images: ['web:1.3'],
  template: undefined,
  cause: 'image web 1.2 -> 1.3',
  author: { manager: 'helm', time: at(-61), applies: true },
  began: at(-61),
  took: 9_000,
  outcome: 'complete',
  current: true,
}

describe('where a pod comes from', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'r' }
  const replicaSet = { metadata: { name: 'web-1', creationTimestamp: at(-61) } }
  const deployment = { metadata: { name: 'web' } }

  it('is told up to who began it, inferred as that is', () => {
    assert.deepEqual(
      text(ancestryLines({ pod: named({}), owner, replicaSet, deployment, entry, now })),
      [
        'pod/web-x 60 s ago, made by ReplicaSet/web-1',
        '<- replicaset/web-1 61 s ago, revision 0: 1 wanted',
        '<- deployment/web 61 s ago: image web 1.2 -> 1.3',
        '<- applied by "helm" 61 s ago (inferred from managed fields)',
      ],
    )
  })

  it('is told as far as it is known', () => {
    const unknown = { ...entry, author: undefined }
    assert.equal(
      text(ancestryLines({ deployment, entry: unknown, now })).at(-1),
      '<- who began it is no longer known',
    )
    assert.deepEqual(text(ancestryLines({ pod: named({}), now })), [
      'pod/web-x 60 s ago, made by no controller',
    ])
  })
})

describe('what became of a pod', () => {
  const first = (change: Partial<Pod>, metadata = {}) =>
    text(lifeLines(named(change, metadata), told))[0]

  it('is one sentence', () => {
    const ready = { conditions: [{ type: 'Ready', status: 'True' }] }
    assert.equal(first({ status: ready }), 'Pod "web-x" runs and is ready.')
    assert.equal(
      first({ status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } }),
      'Pod "web-x" has ended (Failed): Evicted: low on memory.',
    )
    assert.equal(
      first({ status: {} }, { deletionTimestamp: at(12), finalizers: ['f'] }),
      'Pod "web-x" is being deleted: 12 s are left; held by f.',
    )
    assert.equal(first({ status: {} }), 'Pod "web-x" is starting; nothing is wrong so far.')
    assert.equal(
      first(pod({ waiting: { reason: 'ErrImagePull', message: 'x' } })),
      'Pod "web-x", container "app": image "nope:1" cannot be pulled (ErrImagePull/ImagePullBackOff).',
    )
  })

  it('comes with its last six events, in their order', () => {
    const events = Array.from(
      { length: 8 },
      (_, n): Event => ({
        metadata: { name: `e${n}` },
        involvedObject: {},
        reason: `R${n}`,
        message: 'm',
        lastTimestamp: at(n - 20),
        ...(n === 7 ? { count: 3 } : {}),
      }),
    )
    const lines = text(lifeLines(named({ status: {} }), { ...told, events: events.reverse() }))
    assert.equal(lines[1], 'Told, the last 6 of 8 (kept for about an hour):')
    assert.equal(lines[2], '  18 s ago  R2: m')
    assert.equal(lines.at(-1), '  13 s ago  R7: m (3 times)')
  })
})

describe('a history as text', () => {
  it('names the template first, and says what is no longer known', () => {
    const older = {
      ...entry,
      hash: 'xyz',
      revision: 1,
      current: false,
      outcome: undefined,
      author: undefined,
    }
    const lines = historyText([entry, older], now).split('\n')
    assert.match(
      lines[1] ?? '',
      /^abc \* +2 +web:1\.3 +image web 1\.2 -> 1\.3 +helm \(inferred\) +61 s ago +9 s +complete$/,
    )
    assert.match(lines[2] ?? '', /^xyz +1 .* - .*-$/)
    assert.match(lines.join('\n'), /no longer known/)
    assert.doesNotMatch(historyText([entry], now), /no longer known/)
  })

  it('says who it was and exactly when, where that is recorded', () => {
    const by = {
      at: at(-61),
      verb: 'patch' as const,
      user: 'alice',
      fieldManager: 'kubectl-set',
      requestId: 'r',
    }
    const [, row] = historyText([{ ...entry, by }], now).split('\n')
    assert.match(row ?? '', / kubectl set, alice +\S* ?\d\d:08:59, 61 s ago +9 s /)
  })

  it('cannot move the cursor by what others wrote', () => {
    assert.ok(!historyText([{ ...entry, cause: 'a\x1b[2Jb' }], now).includes('\x1b'))
  })
})
