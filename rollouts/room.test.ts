import assert from 'node:assert/strict'
import type { Deployment, Node, Pod } from '../api/types.ts'
import { foresee } from './room.ts'

const template = {
  spec: { containers: [{ name: 'app', image: 'i', resources: { requests: { cpu: '600m' } } }] },
}
const deployment = (replicas: number, strategy?: object): Deployment => ({
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: {},
    template,
    ...(strategy ? { strategy } : {}),
  },
})
const node = (cpu: string, pods = '10', more: Partial<Node> = {}): Node => ({
  metadata: { name: 'one' },
  status: { allocatable: { cpu, pods } },
  ...more,
})
const there: Pod = { metadata: {}, spec: { nodeName: 'one', ...template.spec }, status: {} }

describe('the room a rollout needs', () => {
  it('is for one more pod where a single replica may not go first', () => {
    const forecast = foresee(deployment(1), template)
    assert.equal(forecast?.fits, undefined)
    assert.match(forecast?.message ?? '', /^With 1 replica the rollout adds 1 and takes none away/)
  })

  it('is none where an old pod may go first', () => {
    assert.equal(foresee(deployment(4), template), undefined)
    assert.equal(foresee(deployment(1, { type: 'Recreate' }), template), undefined)
    assert.equal(foresee(deployment(0), template), undefined)
  })

  it('is looked for on each node, by requests', () => {
    const on = (found: Node) => foresee(deployment(1), template, { nodes: [found], pods: [there] })
    assert.equal(on(node('2'))?.fits, true)
    const full = on(node('1'))
    assert.equal(full?.fits, false)
    assert.match(full?.message ?? '', /no node has room for it \(one: not enough cpu\)/)
    assert.match(on(node('2', '1'))?.message ?? '', /one: not enough pods/)
    assert.match(on(node('2', '10', { spec: { unschedulable: true } }))?.message ?? '', /unschedul/)
  })

  it('is not taken by pods that have ended', () => {
    const ended = { ...there, status: { phase: 'Succeeded' } }
    const forecast = foresee(deployment(1), template, { nodes: [node('1')], pods: [ended] })
    assert.equal(forecast?.fits, true)
  })
})
