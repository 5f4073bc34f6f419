import assert from 'node:assert/strict'
import type { Pod as PodObject } from '../../api/types.ts'
import { endpointSliceController, endpointsController } from '../endpointslice/index.ts'
import {
  ConfigMap,
  type Controller,
  EndpointSlice,
  Endpoints,
  Namespace,
  Pod,
  type RunningManager,
  Secret,
  Service,
  ServiceAccount,
  startManager,
} from '../framework/index.ts'
import { garbageCollector } from '../garbagecollector/index.ts'
import { namespaceController } from '../namespace/index.ts'
import { rootCaController } from '../rootca/index.ts'
import { serviceAccountController } from '../serviceaccount/index.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { until } from './until.ts'

describe('built-in controllers on the API server', () => {
  let server: TestServer
  let manager: RunningManager | undefined
  let errors: unknown[]

  beforeEach(async () => {
    errors = []
    server = await startTestServer()
  })
  afterEach(async () => {
    await manager?.stop()
    manager = undefined
    await server.close()
  })

  async function run(controllers: Controller[], gc = false) {
    const { cluster, clock, random } = server
    manager = startManager({
      cluster,
      controllers,
      clock,
      random,
      component: 'test',
      whileLeading: gc ? [garbageCollector({ onError: (error) => errors.push(error) })] : [],
    })
    manager.reconciles$.subscribe(({ error }) => {
      if (error !== undefined) errors.push(error)
    })
    await manager.ready
  }

  const pod = (name: string, more: Partial<PodObject['metadata']> = {}): PodObject => ({
    metadata: { namespace: 'default', name, labels: { app: 'web' }, ...more },
    spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'example.com/c' }] },
  })
  const setReady = async (stored: PodObject, ready: boolean, ip = '10.244.0.9') => {
    const status = {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    }
    const { namespace = '', name = '' } = stored.metadata
    await server.cluster.patch(
      Pod,
      { namespace, name },
      { type: 'strategic', body: { status } },
      { subresource: 'status' },
    )
  }

  it('give every namespace its account and authority, and keep them', async () => {
    const { cluster } = server
    await run([serviceAccountController, rootCaController('PEM')])
    await cluster.create(Namespace, { metadata: { name: 'fresh' } })
    const inFresh = { namespace: 'fresh', name: 'kube-root-ca.crt' }
    await until(cluster, ServiceAccount, (all) =>
      all.some(({ metadata }) => metadata.namespace === 'fresh' && metadata.name === 'default'),
    )
    const [map] = await until(cluster, ConfigMap, (all) =>
      all.some(({ metadata }) => metadata.namespace === 'fresh'),
    ).then((all) => all.filter(({ metadata }) => metadata.namespace === 'fresh'))
    assert.deepEqual(map?.data, { 'ca.crt': 'PEM' })
    await cluster.patch(ConfigMap, inFresh, { type: 'merge', body: { data: { 'ca.crt': 'x' } } })
    await until(cluster, ConfigMap, (all) =>
      all.some(
        ({ metadata, data }) => metadata.namespace === 'fresh' && data?.['ca.crt'] === 'PEM',
      ),
    )
    await cluster.remove(ServiceAccount, { namespace: 'fresh', name: 'default' })
    await until(cluster, ServiceAccount, (all) =>
      all.some(({ metadata }) => metadata.namespace === 'fresh'),
    )
  })

  it('follow a pod from not ready to ready to gone in slices and endpoints', async () => {
    const { cluster } = server
    await run([endpointSliceController, endpointsController], true)
    await cluster.create(Service, {
      metadata: { namespace: 'default', name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 as never }] },
    })
    const of = (all: { metadata: { name?: string; labels?: Record<string, string> } }[]) =>
      all.filter(
        ({ metadata: { name, labels } }) =>
          labels?.['kubernetes.io/service-name'] === 'web' || name === 'web',
      )
    await until(cluster, EndpointSlice, (all) => of(all).length === 1)
    const stored = await cluster.create(Pod, pod('a'))
    const ready = (wanted: (boolean | undefined)[]) => (all: unknown[]) =>
      JSON.stringify(
        (of(all as never) as { endpoints?: { conditions?: { ready?: boolean } }[] }[]).flatMap(
          ({ endpoints = [] }) => endpoints.map(({ conditions }) => conditions?.ready),
        ),
      ) === JSON.stringify(wanted)
    await setReady(stored, false)
    await until(cluster, EndpointSlice, ready([false]))
    await setReady(stored, true)
    await until(cluster, EndpointSlice, ready([true]))
    const [endpoints] = await until(cluster, Endpoints, (all) =>
      all.some(
        ({ metadata, subsets }) =>
          metadata.name === 'web' && subsets?.[0]?.addresses?.[0]?.ip === '10.244.0.9',
      ),
    ).then((all) => all.filter(({ metadata }) => metadata.name === 'web'))
    assert.equal(endpoints?.subsets?.[0]?.ports?.[0]?.port, 8080)
    const ref = { namespace: 'default', name: 'a' }
    await cluster.remove(Pod, ref, { gracePeriodSeconds: 0 })
    await until(cluster, EndpointSlice, ready([]))
    await cluster.remove(Service, { namespace: 'default', name: 'web' })
    await until(cluster, EndpointSlice, (all) => of(all).length === 0)
    await until(cluster, Endpoints, (all) => of(all).length === 0)
    assert.deepEqual(errors, [])
  })

  it('bring the readiness of a pod into its slice within milliseconds', async () => {
    const { cluster, clock } = server
    await run([endpointSliceController, endpointsController])
    await cluster.create(Service, {
      metadata: { namespace: 'default', name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    })
    const stored = await cluster.create(Pod, pod('a'))
    const times: number[] = []
    for (let turn = 0; turn < 20; turn++) {
      const ready = turn % 2 === 0
      const seen = until(cluster, EndpointSlice, (all) =>
        all.some(({ endpoints }) => endpoints?.[0]?.conditions?.ready === ready),
      )
      const began = clock.monotonic()
      await setReady(stored, ready)
      await seen
      times.push(clock.monotonic() - began)
    }
    times.sort((a, b) => a - b)
    const median = times[times.length / 2]!
    assert.ok(median < 50, `${median} ms`)
  })

  it('let a namespace go: pods first, then the rest, then itself', async () => {
    const { cluster } = server
    await run([namespaceController(cluster), serviceAccountController, rootCaController('PEM')])
    await cluster.create(Namespace, { metadata: { name: 'going' } })
    const there = { namespace: 'going' }
    await until(cluster, ServiceAccount, (all) =>
      all.some(({ metadata }) => metadata.namespace === 'going'),
    )
    await cluster.create(Secret, { metadata: { ...there, name: 's' } })
    await cluster.create(Pod, pod('p', { ...there, finalizers: ['example.com/wait'] }))
    await cluster.remove(Namespace, { name: 'going' })
    const [waiting] = await until(cluster, Namespace, (all) =>
      all.some(
        ({ metadata, status }) =>
          metadata.name === 'going' &&
          status?.conditions?.some(
            ({ type, status: value }) =>
              type === 'NamespaceFinalizersRemaining' && value === 'True',
          ),
      ),
    ).then((all) => all.filter(({ metadata }) => metadata.name === 'going'))
    const conditions = new Map(
      waiting?.status?.conditions?.map(({ type, message }) => [type, message]),
    )
    assert.equal(
      conditions.get('NamespaceContentRemaining'),
      'Some resources are remaining: pods has 1 resource instances',
    )
    assert.equal(
      conditions.get('NamespaceFinalizersRemaining'),
      'Some content in the namespace has finalizers remaining: example.com/wait in 1 resource instances',
    )
    assert.ok(await cluster.get(Secret, { ...there, name: 's' }), 'the rest waits for the pods')
    await cluster.patch(
      Pod,
      { ...there, name: 'p' },
      { type: 'merge', body: { metadata: { finalizers: null } } },
    )
    const left = await cluster.get(Pod, { ...there, name: 'p' })
    if (left) await cluster.remove(Pod, { ...there, name: 'p' }, { gracePeriodSeconds: 0 })
    await until(cluster, Namespace, (all) => all.every(({ metadata }) => metadata.name !== 'going'))
    assert.equal(await cluster.get(Secret, { ...there, name: 's' }), undefined)
  })
})
