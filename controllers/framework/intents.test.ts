import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { Intents } from './intents.ts'
import type { Kind } from './kind.ts'
import { Deployment } from './kinds.ts'

const kind = Deployment as Kind
const body = (replicas = 1, name = 'a'): KubernetesObject => ({
  metadata: { namespace: 'default', name, labels: { app: 'web' } },
  spec: { replicas },
})
/** As the server answers, which adds and rewrites. */
const stored = (resourceVersion: string, change: Partial<KubernetesObject> = {}) => ({
  metadata: {
    namespace: 'default',
    name: 'a',
    uid: 'u1',
    resourceVersion,
    labels: { app: 'web', theirs: 'x' },
  },
  spec: { replicas: 1, strategy: { type: 'RollingUpdate' } },
  ...change,
})

describe('intents', () => {
  const settled = (current: KubernetesObject, wanted = body(), subresource = '') => {
    const intents = new Intents()
    intents.applied(kind, '', body(), stored('10'))
    return intents.isSettled(kind, subresource, wanted, current)
  }

  it('hold while the view has the apply and what it settled, whoever has written since', () => {
    assert.ok(settled(stored('10')))
    assert.ok(settled(stored('11', { status: { replicas: 1 } })))
    const { metadata } = stored('12')
    assert.ok(settled(stored('12', { metadata: { ...metadata, labels: { app: 'web' } } })))
  })

  it('do not hold on a view that is older than the apply', () => {
    assert.ok(!settled(stored('9')))
  })

  it('do not hold when something else is wanted, or of another part', () => {
    assert.ok(!settled(stored('10'), body(2)))
    assert.ok(!settled(stored('10'), body(), 'status'))
    assert.ok(!settled(stored('10'), { ...body(), data: {} }))
  })

  it('do not hold when others have changed what was settled', () => {
    assert.ok(
      !settled(stored('11', { spec: { replicas: 3, strategy: { type: 'RollingUpdate' } } })),
    )
    const { metadata } = stored('11')
    assert.ok(!settled(stored('11', { metadata: { ...metadata, labels: { app: 'mail' } } })))
    assert.ok(!settled(stored('11', { metadata: { ...metadata, labels: {} } })))
  })

  it('do not hold for the next object of that name, nor for one that is going', () => {
    const { metadata } = stored('11')
    assert.ok(!settled(stored('11', { metadata: { ...metadata, uid: 'u2' } })))
    const going = { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
    assert.ok(!settled(stored('11', { metadata: going })))
  })

  it('are the same in whatever order fields stand', () => {
    const turned = { spec: { strategy: { type: 'RollingUpdate' }, replicas: 1 } }
    assert.ok(settled(stored('10', turned)))
  })

  it('are forgotten when nobody knows, and the oldest when there are too many', () => {
    const intents = new Intents(2)
    intents.applied(kind, '', body(), stored('10'))
    intents.forget(kind, '', body())
    assert.ok(!intents.isSettled(kind, '', body(), stored('10')))
    const named = (name: string) => {
      const object = stored('10')
      return { ...object, metadata: { ...object.metadata, name } }
    }
    for (const name of ['a', 'b', 'c']) intents.applied(kind, '', body(1, name), named(name))
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => intents.isSettled(kind, '', body(1, name), named(name))),
      [false, true, true],
    )
  })
})
