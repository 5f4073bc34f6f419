import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { EndpointSlice, Node, Pod, Service } from '../../api/types.ts'
import { planSlices, type SlicePlan } from './slices.ts'

const service = (spec: Service['spec'] = {}): Service => ({
  metadata: { namespace: 'default', name: 'web', uid: 'service', labels: { team: 'a' } },
  spec: {
    clusterIP: '10.96.0.5',
    ipFamilies: ['IPv4'],
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    ...spec,
  },
})

interface PodShape {
  ready?: boolean
  phase?: string
  ip?: string
  deleted?: boolean
  spec?: Partial<NonNullable<Pod['spec']>>
}

function pod(name: string, shape: PodShape = {}): Pod {
  const { ready = true, phase = 'Running', ip = `10.244.0.${name.length}`, deleted, spec } = shape
  return {
    metadata: {
      namespace: 'default',
      name,
      uid: `uid-${name}`,
      labels: { app: 'web' },
      ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'c' }], ...spec },
    status: {
      phase,
      podIP: ip.split(',')[0] || undefined,
      podIPs: ip === '' ? [] : ip.split(',').map((one) => ({ ip: one })),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  }
}

const node = (name: string): Node => ({
  metadata: { name, labels: { 'topology.kubernetes.io/zone': 'z1' } },
})

const plan = (
  of: Service,
  pods: Pod[],
  existing: EndpointSlice[] = [],
  capacity = 100,
): SlicePlan => planSlices({ service: of, pods, node, existing, capacity })

let made = 0
/** What is stored after a plan was carried out. */
function apply(existing: EndpointSlice[], { create, update, remove }: SlicePlan): EndpointSlice[] {
  const changed = new Map(update.map((slice) => [slice.metadata.name, slice]))
  const removed = new Set(remove.map((slice) => slice.metadata.name))
  return [
    ...existing
      .filter(({ metadata }) => !removed.has(metadata.name))
      .map((slice) => changed.get(slice.metadata.name) ?? slice),
    ...create.map((slice) => ({
      ...slice,
      metadata: { ...slice.metadata, name: `${slice.metadata.generateName}${made++}` },
    })),
  ].map((slice) => JSON.parse(JSON.stringify(slice)) as EndpointSlice)
}

const nothing: SlicePlan = { create: [], update: [], remove: [] }

describe('endpoint slices', () => {
  it('have the address, node, zone and conditions of a ready pod', () => {
    const { create } = plan(service(), [pod('a')])
    assert.equal(create.length, 1)
    const [slice] = create
    assert.deepEqual(slice?.ports, [{ name: 'http', protocol: 'TCP', port: 8080 }])
    assert.deepEqual(slice?.endpoints, [
      {
        addresses: ['10.244.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        targetRef: { kind: 'Pod', namespace: 'default', name: 'a', uid: 'uid-a' },
        nodeName: 'node-1',
        zone: 'z1',
      },
    ])
    assert.deepEqual(slice?.metadata.labels, {
      team: 'a',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    })
    assert.equal(slice?.metadata.ownerReferences?.[0]?.uid, 'service')
  })

  it('tell apart ready, serving and terminating', () => {
    const conditions = (spec: Service['spec'], shape: PodShape) =>
      plan(service(spec), [pod('a', shape)]).create[0]?.endpoints?.[0]?.conditions
    assert.deepEqual(conditions({}, { ready: false }), {
      ready: false,
      serving: false,
      terminating: false,
    })
    assert.deepEqual(conditions({}, { deleted: true }), {
      ready: false,
      serving: true,
      terminating: true,
    })
    assert.deepEqual(conditions({ publishNotReadyAddresses: true }, { ready: false }), {
      ready: true,
      serving: false,
      terminating: false,
    })
  })

  it('leave out finished pods and pods without an address, and say "none" with an empty slice', () => {
    const { create } = plan(service(), [
      pod('a', { phase: 'Succeeded' }),
      pod('b', { phase: 'Failed' }),
      pod('c', { ip: '' }),
    ])
    assert.deepEqual(
      create.map(({ endpoints, ports }) => ({ endpoints, ports })),
      [{ endpoints: [], ports: [] }],
    )
  })

  it('are apart where a named port has other numbers', () => {
    const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] })
    const containers = (containerPort: number) => [
      { name: 'c', ports: [{ name: 'web', containerPort, protocol: 'TCP' }] },
    ]
    const { create } = plan(named, [
      pod('a', { spec: { containers: containers(8080) } }),
      pod('bb', { spec: { containers: containers(9090) } }),
      pod('ccc', { spec: { containers: containers(8080) } }),
    ])
    assert.deepEqual(
      create.map(({ ports, endpoints }) => [ports?.[0]?.port, endpoints?.length]),
      [
        [8080, 2],
        [9090, 1],
      ],
    )
  })

  it('are apart by family', () => {
    const dual = service({ ipFamilies: ['IPv4', 'IPv6'] })
    const { create } = plan(dual, [pod('a', { ip: '10.244.0.1,fd00::1' })])
    assert.deepEqual(
      create.map(({ addressType, endpoints }) => [addressType, endpoints?.[0]?.addresses]),
      [
        ['IPv4', ['10.244.0.1']],
        ['IPv6', ['fd00::1']],
      ],
    )
  })

  it('bear the headless label and hostnames of pods that have asked for one', () => {
    const { create } = plan(service({ clusterIP: 'None' }), [
      pod('a', { spec: { hostname: 'first', subdomain: 'web' } }),
      pod('bb', { spec: { hostname: 'second', subdomain: 'another' } }),
    ])
    assert.equal(create[0]?.metadata.labels?.['service.kubernetes.io/headless'], '')
    assert.deepEqual(
      create[0]?.endpoints?.map(({ hostname }) => hostname),
      ['first', undefined],
    )
  })

  it('change one slice, and only it, when one pod changes', () => {
    const pods = Array.from({ length: 25 }, (_, at) => pod(`p${at}`, { ip: `10.244.1.${at}` }))
    const existing = apply([], plan(service(), pods, [], 10))
    assert.deepEqual(plan(service(), pods, existing, 10), nothing)
    pods[3] = pod('p3', { ip: '10.244.1.3', ready: false })
    const { create, update, remove } = plan(service(), pods, existing, 10)
    assert.deepEqual([create.length, update.length, remove.length], [0, 1, 0])
  })

  it('keep the last slice when the last pod goes', () => {
    const existing = apply([], plan(service(), [pod('a')]))
    const { create, update, remove } = plan(service(), [], existing)
    assert.equal(create.length, 1)
    assert.deepEqual(create[0]?.endpoints, [])
    assert.equal(update.length, 0)
    assert.equal(remove.length, 1)
    assert.deepEqual(plan(service(), [], apply(existing, { create, update, remove })), nothing)
  })

  it('hold every endpoint once and no more than fit, whatever the history, and then rest', () => {
    const shape = fc.record({
      index: fc.integer({ min: 0, max: 30 }),
      ready: fc.boolean(),
      deleted: fc.boolean(),
    })
    const generations = fc.array(fc.uniqueArray(shape, { selector: ({ index }) => index }), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(generations, fc.integer({ min: 1, max: 7 }), (history, capacity) => {
        let existing: EndpointSlice[] = []
        for (const shapes of history) {
          const pods = shapes.map(({ index, ...rest }) =>
            pod(`p${index}`, { ...rest, ip: `10.244.2.${index}` }),
          )
          existing = apply(existing, plan(service(), pods, existing, capacity))
          const addresses = existing.flatMap(({ endpoints = [] }) =>
            endpoints.map(({ addresses: [address] }) => address),
          )
          assert.deepEqual(
            [...addresses].sort(),
            pods.map(({ status }) => status?.podIPs?.[0]?.ip).sort(),
          )
          assert.ok(existing.every(({ endpoints = [] }) => endpoints.length <= capacity))
          assert.ok(existing.length >= 1)
          assert.deepEqual(plan(service(), pods, existing, capacity), nothing)
        }
      }),
    )
  })
})
