import assert from 'node:assert/strict'
import type { Container, Pod, Service } from '../../api/types.ts'
import { ConfigError, environment, expand, type Objects, serviceVariables } from './environment.ts'

const pod: Pod = {
  metadata: { name: 'web', namespace: 'default', uid: 'u', labels: { app: 'web' } },
  spec: { nodeName: 'node-1', containers: [] },
}
const facts = {
  hostIPs: ['192.0.2.1'],
  podIPs: ['10.244.0.2'],
  allocatable: { milliCpu: 4000, memoryBytes: 2 ** 30, storageBytes: 2 ** 33 },
}
const service = (name: string, namespace: string, clusterIP: string): Service => ({
  metadata: { name, namespace },
  spec: { clusterIP, ports: [{ port: 80, name: 'http' }, { port: 443 }] },
})
const objects = (changes: Partial<Objects> = {}): Objects => ({
  configMap: async (_, name) =>
    name === 'settings' ? { metadata: {}, data: { mode: 'fast', 'not valid!': 'x' } } : undefined,
  secret: async (_, name) =>
    name === 'keys' ? { metadata: {}, data: { key: 'czNjcmV0' } } : undefined,
  services: () => [],
  ...changes,
})
const resolve = async (changes: Partial<Container>, given = objects(), of = pod) =>
  Object.fromEntries(await environment(of, { name: 'main', ...changes }, given, facts))

describe('the environment of a container', () => {
  it('expands what is known, leaves what is not, and escapes with two dollars', () => {
    const known = new Map([['A', '1']])
    const cases = [
      ['$(A)', '1'],
      ['x$(A)y$(A)', 'x1y1'],
      ['$$(A)', '$(A)'],
      ['$$$(A)', '$1'],
      ['$(B)', '$(B)'],
      ['$A $(A', '$A $(A'],
      ['$', '$'],
    ] as const
    for (const [text, expected] of cases) assert.equal(expand(text, known), expected, text)
  })

  it('knows earlier variables only, and does not expand what objects hold', async () => {
    const env = [
      { name: 'B', value: '$(A)' },
      { name: 'A', value: '1' },
      { name: 'C', value: '$(A)' },
    ]
    assert.deepEqual(await resolve({ env }), { A: '1', B: '$(A)', C: '1' })
  })

  it('takes whole objects with a prefix, own entries winning', async () => {
    const envFrom = [
      { prefix: 'P_', configMapRef: { name: 'settings' } },
      { secretRef: { name: 'keys' } },
    ]
    const env = [{ name: 'key', value: 'mine' }]
    assert.deepEqual(await resolve({ env, envFrom }), { P_mode: 'fast', key: 'mine' })
  })

  it('names what is missing, unless it is optional', async () => {
    const ref = (name: string, key: string, optional = false) => ({
      env: [{ name: 'X', valueFrom: { configMapKeyRef: { name, key, optional } } }],
    })
    await assert.rejects(resolve(ref('none', 'a')), new ConfigError('configmap "none" not found'))
    await assert.rejects(
      resolve(ref('settings', 'a')),
      new ConfigError("couldn't find key a in ConfigMap default/settings"),
    )
    assert.deepEqual(await resolve(ref('none', 'a', true)), {})
    await assert.rejects(
      resolve({ envFrom: [{ secretRef: { name: 'none' } }] }),
      new ConfigError('secret "none" not found'),
    )
  })

  it('looks objects’ keys up as own properties', async () => {
    const env = [
      { name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'constructor' } } },
    ]
    await assert.rejects(resolve({ env }), ConfigError)
  })

  it('shows fields and resources of the pod', async () => {
    const field = (fieldPath: string) => ({ name: 'X', valueFrom: { fieldRef: { fieldPath } } })
    const value = async (fieldPath: string) => (await resolve({ env: [field(fieldPath)] })).X
    assert.equal(await value('metadata.namespace'), 'default')
    assert.equal(await value("metadata.labels['app']"), 'web')
    assert.equal(await value('status.hostIP'), '192.0.2.1')
    assert.equal(await value('status.podIP'), '10.244.0.2')
    await assert.rejects(value('spec.containers'), /unsupported fieldPath/)
    const own: Container = { name: 'main', resources: { limits: { memory: '1536Ki' } } }
    const of: Pod = { ...pod, spec: { containers: [own] } }
    const resource = (resource: string, divisor?: string) => ({
      ...own,
      env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource, divisor } } }],
    })
    assert.deepEqual(await resolve(resource('limits.memory'), objects(), of), { X: '1572864' })
    assert.deepEqual(await resolve(resource('limits.memory', '1Mi'), objects(), of), { X: '2' })
    assert.deepEqual(await resolve(resource('limits.cpu'), objects(), of), { X: '4' })
  })

  it('shows services of the namespace, and kubernetes, as links', async () => {
    const services = () => [
      service('kubernetes', 'default', '10.96.0.1'),
      service('my-db', 'default', '10.96.0.2'),
    ]
    const env = await resolve({}, objects({ services }))
    assert.equal(env.KUBERNETES_SERVICE_HOST, '10.96.0.1')
    assert.equal(env.MY_DB_SERVICE_PORT_HTTP, '80')
    assert.equal(env.MY_DB_PORT_443_TCP, 'tcp://10.96.0.2:443')
    assert.equal(env.MY_DB_PORT_443_TCP_ADDR, '10.96.0.2')
    const unlinked = { ...pod, spec: { ...pod.spec, containers: [], enableServiceLinks: false } }
    const few = await resolve({}, objects({ services }), unlinked)
    assert.ok(few.KUBERNETES_SERVICE_HOST && !few.MY_DB_SERVICE_HOST)
  })

  it('has no variables of headless services', () => {
    assert.deepEqual(serviceVariables([service('a', 'default', 'None')]), [])
  })
})
