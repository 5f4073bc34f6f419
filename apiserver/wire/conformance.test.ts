/**
 * The mistakes that servers of this API make most, in the order of the harm they do to clients: a test each, so that
 * whoever changes something basic hears of it here, in words. Streams into containers (the twelfth) need a node: they
 * stand in `test/e2e/client-node.e2e.ts`.
 */

import assert from 'node:assert/strict'
import { definition, established, version } from '../crds/examples.ts'
import { plainOf } from './protobuf.ts'
import { configMap, deployment, pod, startWireServer, type WireServer } from './wire.ts'

const core = '/api/v1/namespaces/default'
const maps = `${core}/configmaps`
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const widgets = '/apis/example.com/v1/namespaces/default/widgets'
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const apply = { headers: { 'content-type': 'application/apply-patch+yaml' } }

/** A length-delimited field of a protobuf message. */
const field = (number: number, value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes])
}

describe('wire: what clients of Kubernetes rely on', () => {
  let wire: WireServer
  before(async () => {
    wire = await startWireServer()
    await wire.ask('POST', definitions, { body: definition() })
    await established(wire, 'widgets.example.com')
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const make = async (where: string, body: object) => {
    const { code, json } = await wire.ask('POST', where, { body })
    assert.equal(code, 201, JSON.stringify(json))
    return json
  }
  const get = async (path: string) => (await wire.ask('GET', path)).json
  const put = (path: string, body: object) => wire.ask('PUT', path, { body })
  const patch = (path: string, body: object) => wire.ask('PATCH', path, { body })
  const widget = (name: string, spec: object = {}) => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name },
    spec,
  })

  it('1: bodies in protobuf are read, and answered so to whoever asks for it first', async () => {
    const type = 'application/vnd.kubernetes.protobuf'
    const kind = Buffer.concat([field(1, 'v1'), field(2, 'ConfigMap')])
    const object = field(1, field(1, 'binary'))
    const body = Buffer.concat([Buffer.from('k8s\0'), field(1, kind), field(2, object)])
    const headers = { 'content-type': type, accept: `${type},application/json` }
    const { code, bytes, headers: answer } = await wire.ask('POST', maps, { headers, body })
    assert.deepEqual([code, answer['content-type']], [201, type])
    assert.equal(plainOf(bytes).kind, 'ConfigMap')
    assert.equal((await get(`${maps}/binary`)).metadata.name, 'binary')
  })

  it('2: a watch that wants the initial events gets them and their end, or is refused', async () => {
    await make(maps, configMap('initial'))
    const watch = `${maps}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true`
    const one = `&fieldSelector=metadata.name=initial`
    const stream = await wire.watch(`${watch}&resourceVersionMatch=NotOlderThan${one}`)
    const [added, end] = await stream.take(2)
    stream.close()
    assert.deepEqual([added.type, end.type], ['ADDED', 'BOOKMARK'])
    assert.equal(end.object.metadata.annotations['k8s.io/initial-events-end'], 'true')
    const { code, json } = await wire.ask('GET', watch)
    assert.deepEqual([code, json.reason], [422, 'Invalid'])
  })

  it('3: discovery is whole with its type, and still there piece by piece', async () => {
    const { headers, json } = await wire.ask('GET', '/apis', { headers: { accept: aggregated } })
    assert.equal(headers['content-type'], aggregated)
    assert.ok(json.items.length > 10)
    const { resources } = await get('/apis/apps/v1')
    const scale = resources.find(({ name }: { name: string }) => name === 'deployments/scale')
    assert.deepEqual([scale.group, scale.version, scale.kind], ['autoscaling', 'v1', 'Scale'])
    assert.equal((await get('/apis/example.com')).preferredVersion.groupVersion, 'example.com/v1')
  })

  it('4: OpenAPI names the kind and fieldValidation at each patch, and follows definitions', async () => {
    const hash = async () =>
      (await get('/openapi/v3')).paths['apis/example.com/v1']?.serverRelativeURL
    const before = await hash()
    const { paths } = await get(before)
    const { patch: operation } = paths[`${widgets.replace('default', '{namespace}')}/{name}`]
    assert.equal(operation['x-kubernetes-group-version-kind'].kind, 'Widget')
    const names = operation.parameters.map(({ name }: { name: string }) => name)
    assert.ok(names.includes('fieldValidation'))
    const open = {
      openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    }
    const versions = [version('v1', { schema: open })]
    await patch(`${definitions}/widgets.example.com`, { spec: { versions } })
    const after = await hash()
    assert.notEqual(after, before)
    assert.equal((await wire.ask('GET', before)).headers.location, after)
  })

  it('5: a write that changes nothing is none; generations count changes of the spec', async () => {
    const made = await make(deployments, deployment('calm'))
    const same = await put(`${deployments}/calm`, made)
    assert.equal(same.json.metadata.resourceVersion, made.metadata.resourceVersion)
    const labelled = await patch(`${deployments}/calm`, { metadata: { labels: { a: 'b' } } })
    assert.equal(labelled.json.metadata.generation, 1)
    const scaled = await patch(`${deployments}/calm`, { spec: { replicas: 2 } })
    assert.equal(scaled.json.metadata.generation, 2)
    const path = `${deployments}?watch=1&resourceVersion=${made.metadata.resourceVersion}`
    const stream = await wire.watch(`${path}&fieldSelector=metadata.name=calm`)
    const events = await stream.take(2)
    stream.close()
    assert.deepEqual(
      events.map(({ object }) => object.metadata.resourceVersion),
      [labelled.json, scaled.json].map(({ metadata }) => metadata.resourceVersion),
    )
  })

  it('6: a watch begins after its version, answers at once, and tells what ceases to match', async () => {
    const { metadata } = await make(maps, configMap('seen', {}, { labels: { seen: 'yes' } }))
    const query = `watch=1&labelSelector=seen%3Dyes&resourceVersion=${metadata.resourceVersion}`
    const stream = await wire.watch(`${maps}?${query}`)
    assert.equal(stream.code, 200, 'before anything happened')
    await patch(`${maps}/seen`, { data: { a: 'b' } })
    await patch(`${maps}/seen`, { metadata: { labels: { seen: 'no' } } })
    const events = await stream.take(2)
    stream.close()
    assert.deepEqual(
      events.map(({ type }) => type),
      ['MODIFIED', 'DELETED'],
    )
    assert.equal(events[1].object.metadata.labels.seen, 'yes', 'as it last matched')
    assert.ok(events[1].object.metadata.resourceVersion > events[0].object.metadata.resourceVersion)
  })

  it('7: pages are of one version, count what remains, and can go on when it is lost', async () => {
    const own = await startWireServer()
    try {
      for (const name of ['a', 'b', 'c', 'd'])
        await own.ask('POST', maps, { body: configMap(name) })
      const page = async (query: string) => (await own.ask('GET', `${maps}?limit=2${query}`)).json
      const one = await page('')
      assert.equal(one.metadata.remainingItemCount, 2)
      await own.ask('DELETE', `${maps}/d`)
      const two = await page(`&continue=${one.metadata.continue}`)
      assert.equal(two.items.length, 2, 'with what was there then')
      assert.equal(two.metadata.resourceVersion, one.metadata.resourceVersion)
      const selected = await page('&labelSelector=a!%3Db')
      assert.equal(selected.metadata.remainingItemCount, undefined)
      await own.storage.compact(await own.storage.revision())
      const lost = await page(`&continue=${one.metadata.continue}`)
      assert.deepEqual([lost.code, lost.reason], [410, 'Expired'])
      const on = await page(`&continue=${lost.metadata.continue}`)
      assert.deepEqual(
        on.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
        ['c'],
      )
    } finally {
      await own.close()
    }
  })

  it('8: a deletion answers a Status when it is done, the object when it is not', async () => {
    const { metadata } = await make(maps, configMap('goes'))
    const preconditions = { uid: '00000000-0000-0000-0000-000000000000' }
    const other = await wire.ask('DELETE', `${maps}/goes`, { body: { preconditions } })
    assert.deepEqual([other.code, other.json.reason], [409, 'Conflict'])
    const gone = await wire.ask('DELETE', `${maps}/goes`)
    assert.deepEqual([gone.json.kind, gone.json.details.uid], ['Status', metadata.uid])
    await make(maps, configMap('held', {}, { finalizers: ['example.com/held'] }))
    const held = await wire.ask('DELETE', `${maps}/held`)
    assert.equal(held.json.kind, 'ConfigMap')
    assert.ok(held.json.metadata.deletionTimestamp)
    await patch(`${maps}/held`, { metadata: { finalizers: null } })
    assert.equal((await wire.ask('GET', `${maps}/held`)).code, 404)
    await make(deployments, deployment('first'))
    const body = { propagationPolicy: 'Foreground' }
    const { json } = await wire.ask('DELETE', `${deployments}/first`, { body })
    assert.deepEqual(json.metadata.finalizers, ['foregroundDeletion'])
  })

  it('9: apply knows items by keys with defaults, who owns what, and what is no change', async () => {
    const ports = [{ port: 80 }]
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports },
    }
    const path = `${core}/services/web?fieldManager`
    const applied = await wire.ask('PATCH', `${path}=one`, { body: service, ...apply })
    assert.equal(applied.code, 201)
    const again = await wire.ask('PATCH', `${path}=one`, { body: service, ...apply })
    assert.equal(again.json.metadata.resourceVersion, applied.json.metadata.resourceVersion)
    assert.equal(again.json.spec.ports.length, 1)
    const other = { ...service, spec: { ports: [{ port: 80, targetPort: 8080 }] } }
    const named = await wire.ask('PATCH', `${path}=two&force=true`, { body: other, ...apply })
    assert.equal(named.json.spec.ports.length, 1, 'TCP is the protocol of both')
    await patch(`${path}=three`, { spec: { ports: [{ port: 80, targetPort: 9090 }] } })
    const refused = await wire.ask('PATCH', `${path}=two`, { body: other, ...apply })
    assert.equal(refused.code, 409)
    assert.deepEqual(refused.json.details.causes, [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "three" using v1',
        field: '.spec.ports[port=80,protocol="TCP"].targetPort',
      },
    ])
  })

  it('10: a Status has the reason, the code and the kind that clients go by', async () => {
    const missing = await get(`${deployments}/none`)
    assert.deepEqual(
      [missing.reason, missing.code, missing.details],
      ['NotFound', 404, { name: 'none', group: 'apps', kind: 'deployments' }],
    )
    const invalid = await wire.ask('POST', deployments, { body: { metadata: { name: 'x' } } })
    assert.deepEqual([invalid.code, invalid.json.details.kind], [422, 'Deployment'])
    await make(maps, configMap('status'))
    const stale = configMap('status', { a: 'b' }, { resourceVersion: '1' })
    const conflict = await put(`${maps}/status`, stale)
    assert.deepEqual([conflict.code, conflict.json.details.kind], [409, 'configmaps'])
    const failed = await wire.ask('PATCH', `${maps}/status`, {
      headers: { 'content-type': 'application/json-patch+json' },
      body: [{ op: 'test', path: '/data', value: 1 }],
    })
    assert.deepEqual([failed.code, failed.json.reason], [422, 'Invalid'])
  })

  it('11: unknown and repeated fields are named by path, and integers are kept exactly', async () => {
    const twice = '{"metadata":{"name":"strict"},"data":{"a":"1","a":"2"},"dta":{}}'
    const strict = await wire.ask('POST', `${maps}?fieldValidation=Strict`, { body: twice })
    assert.equal(strict.code, 400)
    assert.match(
      strict.json.message,
      /strict decoding error: duplicate field "data\.a", unknown field "dta"$/,
    )
    const warned = await wire.ask('POST', maps, { body: twice })
    assert.equal(warned.code, 201)
    assert.match(String(warned.headers.warning), /299 - "duplicate field \\"data\.a\\""/)
    const exact = JSON.stringify(widget('exact')).replace('{}', '{"serial":9007199254740993}')
    await wire.ask('POST', widgets, { body: exact })
    assert.match((await wire.ask('GET', `${widgets}/exact`)).text, /"serial":9007199254740993/)
  })

  it('13: a proxy path without its slash is elsewhere for GET, and the root for others', async () => {
    await make(`${core}/pods`, pod('proxied'))
    const path = `${core}/pods/proxied/proxy`
    const { code, headers } = await wire.ask('GET', path)
    assert.deepEqual([code, headers.location], [301, `${path}/`])
    assert.notEqual((await wire.ask('POST', path)).code, 301)
  })

  it('14: a write of the status keeps the spec, a write of the object the status', async () => {
    await make(`${core}/pods`, pod('halves'))
    const read = await get(`${core}/pods/halves`)
    const metadata = { ...read.metadata, annotations: { by: 'status' } }
    const status = { ...read.status, phase: 'Running' }
    const spec = { ...read.spec, nodeName: 'elsewhere' }
    const { json } = await put(`${core}/pods/halves/status`, { ...read, metadata, spec, status })
    assert.deepEqual(
      [json.metadata.annotations, json.spec.nodeName, json.status.phase],
      [{ by: 'status' }, undefined, 'Running'],
    )
    const main = await put(`${core}/pods/halves`, { ...json, status: { phase: 'Failed' } })
    assert.equal(main.json.status.phase, 'Running')
    assert.deepEqual(
      (await patch(`${core}/pods/halves/status`, { metadata: { annotations: null } })).json.metadata
        .annotations,
      undefined,
    )
  })

  it('15: times are seconds or microseconds in UTC, however they came', async () => {
    const lease = await make(leases, {
      metadata: { name: 'times', creationTimestamp: null },
      spec: { renewTime: '2026-01-01T01:00:00.1234567+01:00' },
    })
    assert.equal(lease.spec.renewTime, '2026-01-01T00:00:00.123456Z')
    assert.match(lease.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const event = await make(`${core}/events`, {
      metadata: { generateName: 'times-' },
      involvedObject: { namespace: 'default' },
      firstTimestamp: '2026-01-01T00:00:00.999999+00:00',
    })
    assert.equal(event.firstTimestamp, '2026-01-01T00:00:00Z')
  })

  it('16: whoever replaces a Lease or a custom resource names the version that was read', async () => {
    const lease = { metadata: { name: 'blind' }, spec: { holderIdentity: 'a' } }
    await make(leases, lease)
    await make(widgets, widget('blind'))
    for (const [path, body] of [
      [`${leases}/blind`, lease],
      [`${widgets}/blind`, widget('blind')],
    ] as const) {
      const { code, json } = await put(path, body)
      assert.equal(code, 422)
      assert.match(
        json.message,
        /metadata\.resourceVersion: Invalid value: .*must be specified for an update/,
      )
    }
  })

  it('17: what is not said is filled in, so that saying it again changes nothing', async () => {
    const web = deployment('filled')
    const probe = { httpGet: { port: 80 } }
    const [container] = web.spec.template.spec.containers
    Object.assign(container ?? {}, { ports: [{ containerPort: 80 }], livenessProbe: probe })
    const { spec } = await make(deployments, web)
    assert.deepEqual(spec.template.spec, {
      containers: [
        {
          name: 'c',
          image: 'image',
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          resources: {},
          livenessProbe: {
            httpGet: { path: '/', port: 80, scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'Always',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    })
    assert.deepEqual(spec.strategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
    })
    assert.deepEqual([spec.revisionHistoryLimit, spec.progressDeadlineSeconds], [10, 600])
  })

  it('18: events are one store under two groups, selected by what they are about', async () => {
    const involvedObject = { kind: 'Pod', namespace: 'default', name: 'about', uid: 'u' }
    const made = await make(`${core}/events`, {
      metadata: { name: 'about.1' },
      involvedObject,
      message: 'something',
    })
    const newer = await get('/apis/events.k8s.io/v1/namespaces/default/events/about.1')
    assert.equal(newer.metadata.uid, made.metadata.uid)
    assert.deepEqual([newer.regarding.name, newer.note], ['about', 'something'])
    const names = async (selector: string) =>
      (await get(`${core}/events?fieldSelector=${selector}`)).items.map(
        ({ metadata }: { metadata: { name: string } }) => metadata.name,
      )
    assert.deepEqual(await names('involvedObject.name=about,involvedObject.kind=Pod'), ['about.1'])
    assert.deepEqual(await names('involvedObject.name=about,involvedObject.kind=Node'), [])
  })
})
