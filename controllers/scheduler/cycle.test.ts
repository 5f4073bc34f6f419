import assert from 'node:assert/strict'
import { enough } from './cycle.ts'
import { nodeOf as node, outcome, place, podOf as pod } from './lab.ts'

describe('placing a pod', () => {
  it('says that there are no nodes', () => {
    assert.equal(outcome(pod('p'), { nodes: [] }), 'no nodes available to schedule pods')
  })

  it('says of how many nodes what is wrong, and whether eviction would have helped', () => {
    const taints = [{ key: 'k', value: 'v', effect: 'NoSchedule' }]
    const nodes = [node('a', { taints }), node('b', { taints }), node('c')]
    const placed: [ReturnType<typeof pod>, string][] = [[pod('x', { requests: { cpu: '4' } }), 'c']]
    assert.equal(
      outcome(pod('p', { requests: { cpu: '1' } }), { nodes, placed }),
      '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {k: v}. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
    )
  })

  it('counts each thing that one node lacks', () => {
    const nodes = [node('a', { allocatable: { cpu: '1', memory: '1Gi', pods: '0' } })]
    assert.equal(
      outcome(pod('p', { requests: { cpu: '2', memory: '2Gi' } }), { nodes }),
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    )
  })

  it('does not claim that there was nobody to evict', () => {
    const placed: [ReturnType<typeof pod>, string][] = [
      [pod('low', { requests: { cpu: '4' } }), 'a'],
    ]
    const asks = { requests: { cpu: '1' }, priority: 10 }
    assert.match(
      outcome(pod('p', asks), { nodes: [node('a')], placed }),
      /1 Insufficient cpu\. preemption: pods of lower priority are not evicted by this scheduler\.$/,
    )
    assert.match(
      outcome(pod('p', { ...asks, preemptionPolicy: 'Never' }), { nodes: [node('a')], placed }),
      /preemption: not eligible due to preemptionPolicy=Never\.$/,
    )
  })

  it('takes the emptiest of the nodes that will do', () => {
    const nodes = [node('full'), node('empty'), node('cordoned', { unschedulable: true })]
    const placed: [ReturnType<typeof pod>, string][] = [
      [pod('x', { requests: { cpu: '2', memory: '4Gi' } }), 'full'],
    ]
    assert.equal(outcome(pod('p'), { nodes, placed }), 'empty')
  })

  it('chooses among equals by chance', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name))
    const chosen = new Set(
      Array.from({ length: 50 }, (_, seed) => {
        const placement = place(pod('p'), { nodes }, seed)
        return placement.found ? placement.node.name : ''
      }),
    )
    assert.deepEqual(chosen, new Set(['a', 'b', 'c']))
  })

  it('looks for fewer nodes the more there are, but never for fewer than a hundred', () => {
    assert.deepEqual(
      [3, 99, 100, 250, 1000, 5000, 10_000].map(enough),
      [3, 99, 100, 120, 420, 500, 500],
    )
  })
})
