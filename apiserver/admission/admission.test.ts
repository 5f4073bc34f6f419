import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { seededRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { noObjects } from '../registry/testing/no-objects.ts'
import { namespaces } from '../resources/core/namespace.ts'
import { nodes } from '../resources/core/node.ts'
import { pods } from '../resources/core/pod.ts'
import { services } from '../resources/core/service.ts'
import type { Resource } from '../resources/resource.ts'
import { Admission, type AdmissionRequest } from './admission.ts'
import { createAdmission } from './index.ts'

const admission = createAdmission({
  lookUpNamespace: async (name) =>
    name === 'gone' ? undefined : { terminating: name === 'leaving' },
  lister: noObjects,
  storage: undefined as never,
  resources: () => [],
  clock: systemClock,
  random: seededRandom(1),
  webhooks: { call: () => Promise.reject(new Error('nobody is to be asked')) },
  report: () => {},
})

const request = (
  resource: Resource,
  object: object | undefined,
  change: Partial<AdmissionRequest> = {},
): AdmissionRequest => ({
  operation: 'CREATE',
  resource,
  kind: resource,
  subresource: '',
  namespace: 'ns',
  name: 'x',
  object: object && ({ metadata: { name: 'x' }, ...object } as KubernetesObject),
  old: undefined,
  options: undefined,
  dryRun: false,
  user: { name: 'u', groups: [] },
  warn: () => {},
  ...change,
})

const admitted = async (resource: Resource, object: object) => {
  const made = request(resource, object)
  await admission.mutate(made)
  await admission.validate(made)
  return made.object as unknown as { spec: Record<string, unknown> }
}

describe('admission', () => {
  it('completes a pod with what every pod has', async () => {
    const { spec } = await admitted(pods, { spec: { containers: [] } })
    assert.equal(spec.serviceAccountName, 'default')
    assert.equal(spec.serviceAccount, 'default')
    assert.equal(spec.priority, 0)
    assert.equal(spec.preemptionPolicy, 'PreemptLowerPriority')
    assert.deepEqual(spec.tolerations, [
      {
        key: 'node.kubernetes.io/not-ready',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
    ])
  })

  it('leaves a pod alone that has said so itself', async () => {
    const tolerations = [{ operator: 'Exists' }]
    const { spec } = await admitted(pods, {
      spec: { serviceAccountName: 'a', priorityClassName: 'system-node-critical', tolerations },
    })
    assert.equal(spec.serviceAccount, 'a')
    assert.equal(spec.priority, 2_000_001_000)
    assert.deepEqual(spec.tolerations, [{ operator: 'Exists' }])
  })

  it('refuses priorities that nobody has granted', async () => {
    await assert.rejects(admitted(pods, { spec: { priorityClassName: 'mine' } }), {
      code: 403,
      message: 'pods "x" is forbidden: no PriorityClass with name mine was found',
    })
    await assert.rejects(admitted(pods, { spec: { priority: 7 } }), { code: 403 })
  })

  it('taints a node until it is ready', async () => {
    const { spec } = await admitted(nodes, {})
    assert.deepEqual(spec.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }])
  })

  it('lets nothing into a namespace that is missing or leaving', async () => {
    const into = (namespace: string) => admission.mutate(request(pods, {}, { namespace }))
    await assert.rejects(into('gone'), { code: 404, message: 'namespaces "gone" not found' })
    const evict = request(pods, {}, { namespace: 'leaving', subresource: 'eviction' })
    await assert.rejects(admission.mutate(evict), /because it is being terminated$/)
    await assert.rejects(into('leaving'), (error: { status: object }) => {
      assert.partialDeepStrictEqual(error.status, {
        code: 403,
        reason: 'Forbidden',
        message:
          'pods "x" is forbidden: unable to create new content in namespace leaving because it is being terminated',
        details: {
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: 'namespace leaving is being terminated',
              field: 'metadata.namespace',
            },
          ],
        },
      })
      return true
    })
  })

  it('keeps the namespaces of the cluster itself', async () => {
    const drop = (name: string) =>
      admission.mutate(
        request(namespaces, undefined, { operation: 'DELETE', namespace: name, name }),
      )
    await assert.rejects(drop('default'), {
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    })
    await drop('other')
  })

  it('takes no new external addresses for a Service, and keeps old ones', async () => {
    const service = (...externalIPs: string[]) => ({
      metadata: { name: 'web' },
      spec: { externalIPs },
    })
    const write = (now: object, old?: object) =>
      admission.validate(
        request(services, now, { operation: old ? 'UPDATE' : 'CREATE', old: old as never }),
      )
    await assert.rejects(write(service('192.0.2.1')), /"web" is forbidden: Use of external IPs/)
    await assert.rejects(write(service('192.0.2.1'), service()), /Use of external IPs is denied/)
    await write(service('192.0.2.1'), service('192.0.2.1', '192.0.2.2'))
    await write(service())
  })

  it('runs every plugin in order, all changes before all checks', async () => {
    const seen: string[] = []
    const plugin = (name: string) => ({
      name,
      mutate: () => void seen.push(`${name} mutates`),
      validate: async () => void seen.push(`${name} validates`),
    })
    const both = new Admission([plugin('a'), plugin('b')])
    const one = request(pods, {})
    await both.mutate(one)
    await both.validate(one)
    assert.deepEqual(seen, ['a mutates', 'b mutates', 'a validates', 'b validates'])
  })
})
