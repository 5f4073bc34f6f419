import assert from 'node:assert/strict'
import { pod, startWireServer, type WireServer } from './wire.ts'

describe('wire: quotas, limits and levels of a namespace', () => {
  let wire: WireServer
  before(async () => {
    wire = await startWireServer()
  })
  after(() => wire.close())

  const make = async (path: string, body: object) => {
    const { code, text, json } = await wire.ask('POST', path, { body })
    assert.equal(code, 201, text)
    return json
  }
  const namespace = (name: string, labels: object = {}) =>
    make('/api/v1/namespaces', { kind: 'Namespace', apiVersion: 'v1', metadata: { name, labels } })

  async function limit(where: string, hard: object) {
    const path = `/api/v1/namespaces/${where}/resourcequotas`
    const quota = await make(path, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q' },
      spec: { hard },
    })
    const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']))
    const status = { hard, used }
    const { code } = await wire.ask('PUT', `${path}/q/status`, { body: { ...quota, status } })
    assert.equal(code, 200)
    return async () => (await wire.ask('GET', `${path}/q`)).json.status.used
  }

  it('charge what is made, not what fails or is only tried', async () => {
    await namespace('small')
    const used = await limit('small', { pods: '2' })
    const pods = '/api/v1/namespaces/small/pods'
    await make(pods, pod('one'))
    assert.equal((await wire.ask('POST', pods, { body: pod('one') })).code, 409)
    assert.equal((await wire.ask('POST', `${pods}?dryRun=All`, { body: pod('dry') })).code, 201)
    assert.equal((await wire.ask('POST', pods, { body: pod('bad', { containers: [] }) })).code, 422)
    assert.deepEqual(await used(), { pods: '1' })
    await make(pods, pod('two'))
    const { code, json } = await wire.ask('POST', pods, { body: pod('three') })
    assert.equal(code, 403)
    assert.equal(
      json.message,
      'pods "three" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    )
  })

  it('let through exactly as many of a burst as there may be', async () => {
    await namespace('burst')
    const used = await limit('burst', { pods: '7' })
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        wire.ask('POST', '/api/v1/namespaces/burst/pods', { body: pod(`p${at}`) }),
      ),
    )
    assert.equal(answers.filter(({ code }) => code === 201).length, 7)
    assert.deepEqual(await used(), { pods: '7' })
  })

  it('fill in what a LimitRange says before the quota counts it', async () => {
    await namespace('ranged')
    await make('/api/v1/namespaces/ranged/limitranges', {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'r' },
      spec: { limits: [{ type: 'Container', default: { cpu: '200m' }, max: { cpu: '1' } }] },
    })
    const used = await limit('ranged', { 'requests.cpu': '1' })
    const made = await make('/api/v1/namespaces/ranged/pods', pod('p'))
    assert.deepEqual(made.spec.containers[0].resources, {
      limits: { cpu: '200m' },
      requests: { cpu: '200m' },
    })
    assert.deepEqual(await used(), { 'requests.cpu': '200m' })
  })

  it('hold pods to the level of the namespace', async () => {
    await namespace('strict', { 'pod-security.kubernetes.io/enforce': 'baseline' })
    const spec = { hostNetwork: true }
    const { code, json } = await wire.ask('POST', '/api/v1/namespaces/strict/pods', {
      body: pod('p', spec),
    })
    assert.equal(code, 403)
    assert.equal(
      json.message,
      'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    )
  })

  it('know the classes of every cluster', async () => {
    const spec = { priorityClassName: 'system-node-critical' }
    const made = await make('/api/v1/namespaces/default/pods', pod('critical', spec))
    assert.equal(made.spec.priority, 2_000_001_000)
    const path = '/apis/scheduling.k8s.io/v1/priorityclasses/system-cluster-critical'
    assert.equal((await wire.ask('GET', path)).json.value, 2_000_000_000)
  })
})
