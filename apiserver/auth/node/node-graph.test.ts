import assert from 'node:assert/strict'
import { of } from 'rxjs'
import { VirtualClock } from '../../../ports/virtual-clock.ts'
import { noObjects } from '../../registry/testing/no-objects.ts'
import type { CachedObject, CacheEvent } from '../../watch/cached-object.ts'
import { NodeGraph } from './node-graph.ts'

function graphOf(annotations: Record<string, string>): NodeGraph {
  const object = {
    metadata: { namespace: 'shop', name: 'web', annotations },
    spec: {
      nodeName: 'one',
      serviceAccountName: 'seller',
      volumes: [{ name: 'keys', secret: { secretName: 'keys' } }],
      containers: [{ name: 'a', envFrom: [{ configMapRef: { name: 'settings' } }] }],
    },
  }
  const pod = { key: 'shop/web', fields: new Map([['spec.nodeName', 'one']]), object }
  const event = { type: 'ADDED', object: pod as unknown as CachedObject } as CacheEvent
  const lister = { ...noObjects, changes: () => of(event) }
  const graph = new NodeGraph(lister)
  graph.follow({ lister, clock: new VirtualClock(), report: (error) => assert.fail(String(error)) })
  return graph
}

const needed = [
  ['secrets', 'keys'],
  ['configmaps', 'settings'],
  ['serviceaccounts', 'seller'],
] as const

describe('what the pods of a node refer to', () => {
  it('is what the node may reach, and no other node', () => {
    const graph = graphOf({})
    for (const [kind, name] of needed) {
      assert.ok(graph.reaches('one', kind, 'shop', name), kind)
      assert.ok(!graph.reaches('two', kind, 'shop', name), kind)
      assert.ok(!graph.reaches('one', kind, 'other', name), kind)
    }
  })

  it('is nothing for a mirror of what the node runs by itself', () => {
    const graph = graphOf({ 'kubernetes.io/config.mirror': 'x' })
    for (const [kind, name] of needed) assert.ok(!graph.reaches('one', kind, 'shop', name), kind)
    assert.ok(graph.reaches('one', 'pods', 'shop', 'web'))
  })
})
