import assert from 'node:assert/strict'
import type { EndpointSlice, Pod, Service } from '../../../api/types.ts'
import { proxyModel } from './model.ts'

const service = (spec: Service['spec'] = {}): Service => ({
  metadata: { namespace: 'default', name: 'web' },
  spec: {
    clusterIP: '10.96.0.20',
    type: 'ClusterIP',
    ports: [{ name: 'http', port: 80 }],
    ...spec,
  },
})

type Endpoints = NonNullable<EndpointSlice['endpoints']>

const slice = (endpoints: Endpoints, port = 8080): EndpointSlice => ({
  metadata: {
    namespace: 'default',
    name: 'web-1',
    labels: { 'kubernetes.io/service-name': 'web' },
  },
  addressType: 'IPv4',
  ports: [{ name: 'http', port }],
  endpoints,
})

const endpoint = (address: string, conditions = {}, nodeName = 'here'): Endpoints[number] => ({
  addresses: [address],
  conditions: { ready: true, serving: true, terminating: false, ...conditions },
  nodeName,
})

const only = (services: Service[], slices: EndpointSlice[]) => {
  const [port] = proxyModel(services, slices, [], 'here').services
  assert.ok(port)
  return port
}

describe('the model of the service proxy', () => {
  it('sends a service port to the ready endpoints of the port of that name, in a stable order', () => {
    const endpoints = [endpoint('10.244.0.3'), endpoint('10.244.0.2'), endpoint('10.244.0.3')]
    assert.deepEqual(only([service()], [slice(endpoints)]).clusterEndpoints, [
      { address: '10.244.0.2', port: 8080 },
      { address: '10.244.0.3', port: 8080 },
    ])
    assert.deepEqual(
      only([service({ ports: [{ name: 'other', port: 80 }] })], [slice(endpoints)])
        .clusterEndpoints,
      [],
    )
  })

  it('leaves out endpoints that are not ready', () => {
    const port = only(
      [service()],
      [slice([endpoint('10.244.0.2', { ready: false }), endpoint('10.244.0.3')])],
    )
    assert.deepEqual(port.clusterEndpoints, [{ address: '10.244.0.3', port: 8080 }])
  })

  it('falls back to serving terminating endpoints only when none is ready', () => {
    const leaving = endpoint('10.244.0.2', { ready: false, terminating: true })
    const dead = endpoint('10.244.0.9', { ready: false, serving: false, terminating: true })
    assert.deepEqual(only([service()], [slice([leaving, dead])]).clusterEndpoints, [
      { address: '10.244.0.2', port: 8080 },
    ])
    assert.deepEqual(
      only([service()], [slice([leaving, endpoint('10.244.0.3')])]).clusterEndpoints,
      [{ address: '10.244.0.3', port: 8080 }],
    )
  })

  it('keeps to this node under a Local policy', () => {
    const both = [slice([endpoint('10.244.0.2'), endpoint('10.244.1.2', {}, 'there')])]
    const node = only([service({ type: 'NodePort', externalTrafficPolicy: 'Local' })], both)
    assert.equal(node.nodeEndpoints.length, 1)
    assert.equal(node.clusterEndpoints.length, 2)
    assert.equal(node.preserveClient, true)
    assert.equal(
      only([service({ internalTrafficPolicy: 'Local' })], both).clusterEndpoints.length,
      1,
    )
  })

  it('takes the affinity time-out, three hours unless told', () => {
    assert.equal(only([service()], []).affinitySeconds, 0)
    assert.equal(only([service({ sessionAffinity: 'ClientIP' })], []).affinitySeconds, 10_800)
  })

  it('has nothing to do for headless services, external names and slices of IPv6', () => {
    const none = [service({ clusterIP: 'None' }), service({ type: 'ExternalName', clusterIP: '' })]
    assert.deepEqual(proxyModel(none, [], [], 'here').services, [])
    const six: EndpointSlice = { ...slice([endpoint('fd00::1')]), addressType: 'IPv6' }
    assert.deepEqual(only([service()], [six]).clusterEndpoints, [])
  })

  it('maps host ports of running pods that have a network of their own', () => {
    const pod = (phase: string, hostNetwork = false): Pod => ({
      metadata: { namespace: 'default', name: `p-${phase}` },
      spec: {
        hostNetwork,
        containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 8080 }] }],
      },
      status: { phase, podIP: '10.244.0.7' },
    })
    const { hostPorts } = proxyModel([], [], [pod('Running'), pod('Succeeded')], 'here')
    assert.deepEqual(
      hostPorts.map(({ port, endpoint, hostIP }) => ({ port, endpoint, hostIP })),
      [{ port: 8080, endpoint: { address: '10.244.0.7', port: 80 }, hostIP: '' }],
    )
    assert.deepEqual(proxyModel([], [], [pod('Running', true)], 'here').hostPorts, [])
  })
})
