import assert from 'node:assert/strict'
import { startWireServer, type WireServer } from './wire.ts'

const hpas = (version: string) =>
  `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
const coreEvents = '/api/v1/namespaces/default/events'
const newEvents = '/apis/events.k8s.io/v1/namespaces/default/events'

const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'a' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    maxReplicas: 3,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
      },
    ],
  },
}

const event = (name: string, reason: string) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name },
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'p', uid: 'u' },
  reason,
  message: 'said',
  type: 'Normal',
  source: { component: 'kubelet' },
})

describe('wire: kinds that several versions or groups show', () => {
  let wire: WireServer

  before(async () => {
    wire = await startWireServer()
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  it('are one object, read and written in each version', async () => {
    const old = await wire.watch(`${hpas('v1')}?watch=true`)
    const created = await wire.ask('POST', hpas('v2'), { body: autoscaler })
    assert.equal(created.code, 201, created.text)
    const shown = (await wire.ask('GET', `${hpas('v1')}/a`)).json
    assert.equal(shown.apiVersion, 'autoscaling/v1')
    assert.equal(shown.spec.targetCPUUtilizationPercentage, 60)
    assert.equal(shown.metadata.resourceVersion, created.json.metadata.resourceVersion)
    // What changes nothing is no write, though it came in another version.
    const same = await wire.ask('PUT', `${hpas('v1')}/a`, { body: shown })
    assert.equal(same.json.metadata.resourceVersion, shown.metadata.resourceVersion)
    shown.spec.targetCPUUtilizationPercentage = 70
    const put = await wire.ask('PUT', `${hpas('v1')}/a`, { body: shown })
    assert.equal(put.code, 200, put.text)
    const { json } = await wire.ask('GET', `${hpas('v2')}/a`)
    assert.equal(json.spec.metrics[0].resource.target.averageUtilization, 70)
    assert.equal(json.metadata.generation, shown.metadata.generation)
    const list = (await wire.ask('GET', hpas('v1'))).json
    assert.equal(list.apiVersion, 'autoscaling/v1')
    assert.equal(list.items[0].spec.targetCPUUtilizationPercentage, 70)
    await wire.ask('DELETE', `${hpas('v1')}/a`)
    const told = await old.take(3)
    assert.deepEqual(
      told.map(({ type, object }) => [
        type,
        object.apiVersion,
        object.spec.targetCPUUtilizationPercentage,
      ]),
      [
        ['ADDED', 'autoscaling/v1', 60],
        ['MODIFIED', 'autoscaling/v1', 70],
        ['DELETED', 'autoscaling/v1', 70],
      ],
    )
    old.close()
  })

  it('are selected by the fields of the version that shows them', async () => {
    for (const [name, reason] of [
      ['one', 'Pulled'],
      ['two', 'Killed'],
    ] as const)
      assert.equal((await wire.ask('POST', coreEvents, { body: event(name, reason) })).code, 201)
    const names = ({ json }: { json: { items: { metadata: { name: string } }[] } }) =>
      json.items.map(({ metadata }) => metadata.name)
    const core = await wire.ask('GET', `${coreEvents}?fieldSelector=reason%3DKilled`)
    assert.deepEqual(names(core), ['two'])
    const shown = await wire.ask('GET', `${newEvents}?fieldSelector=reason%3DKilled`)
    assert.equal(shown.code, 200, shown.text)
    assert.deepEqual(names(shown), ['two'])
    assert.equal(shown.json.items[0].regarding.name, 'p')
    assert.equal(shown.json.items[0].note, 'said')
    // A page of the past is shown so as well.
    const first = (await wire.ask('GET', `${newEvents}?limit=1`)).json
    await wire.ask('DELETE', `${coreEvents}/two`)
    const next = await wire.ask('GET', `${newEvents}?limit=1&continue=${first.metadata.continue}`)
    assert.equal(next.json.items[0].regarding.name, 'p')
    const exact = `resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`
    assert.equal((await wire.ask('GET', `${newEvents}?${exact}`)).json.items.length, 2)
  })
})
