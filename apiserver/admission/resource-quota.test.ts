import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { objectKey } from '../registry/keys.ts'
import { givenObjects } from '../registry/testing/given-objects.ts'
import { deployments } from '../resources/apps/deployment.ts'
import { localSubjectAccessReviews } from '../resources/authorization/local-subject-access-review.ts'
import { events } from '../resources/core/event.ts'
import { persistentVolumeClaims } from '../resources/core/persistent-volume-claim.ts'
import { resourceQuotas } from '../resources/core/resource-quota.ts'
import { services } from '../resources/core/service.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { decodeObject, encodeObject } from '../watch/encode.ts'
import { Admission } from './admission.ts'
import { QuotaStatuses } from './quota-statuses.ts'
import { resourceQuota } from './resource-quota.ts'
import { refusalOf, requestOf, type Wish } from './testing/plugin-lab.ts'

describe('ResourceQuota', () => {
  let storage: Storage
  let quotas: KubernetesObject[]

  beforeEach(async () => {
    storage = await openSqlite({ file: ':memory:' })
    quotas = []
  })
  afterEach(() => storage.close())

  const keyOf = (name: string) => objectKey(resourceQuotas, 'ns', name)
  async function limit(
    name: string,
    hard: Record<string, string>,
    used: Record<string, string> = Object.fromEntries(Object.keys(hard).map((key) => [key, '0'])),
    spec: object = {},
  ) {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name, namespace: 'ns' },
      spec: { hard, ...spec },
      status: { hard, used },
    }
    quotas.push(quota)
    await storage.write({ key: keyOf(name), value: encodeObject(quota), expect: 0 })
  }
  async function used(name: string): Promise<Record<string, string>> {
    const { entry } = await storage.get(keyOf(name))
    return (decodeObject(entry!.value).status as { used: Record<string, string> }).used
  }
  const plugin = () =>
    resourceQuota(givenObjects({ resourcequotas: quotas }), new QuotaStatuses(storage, systemClock))
  const refused = (wish: Wish) => refusalOf(plugin(), wish)
  const pod = (resources: object = {}, spec: object = {}) => ({
    object: { spec: { containers: [{ name: 'c', resources }], ...spec } },
  })

  it('charges what the object takes and refuses what is more than there may be', async () => {
    await limit('q', { pods: '2', 'requests.cpu': '1', 'requests.memory': '1Gi' })
    const wish = pod({ requests: { cpu: '400m', memory: '256Mi' } })
    assert.equal(await refused(wish), '')
    assert.deepEqual(await used('q'), {
      pods: '1',
      'requests.cpu': '400m',
      'requests.memory': '256Mi',
    })
    assert.equal(await refused(wish), '')
    assert.equal(
      await refused(wish),
      '403 pods "x" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=400m, used: pods=2,requests.cpu=800m, limited: pods=2,requests.cpu=1',
    )
    assert.equal((await used('q')).pods, '2')
  })

  it('never lets through more than there may be, however many come at once', async () => {
    await limit('q', { pods: '5' })
    const shared = plugin()
    const other = plugin()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => refusalOf(at % 2 ? shared : other, pod())),
    )
    assert.equal(answers.filter((text) => text === '').length, 5)
    assert.equal((await used('q')).pods, '5')
  })

  it('gives back what was charged when another quota refuses, or the write fails', async () => {
    await limit('a', { pods: '5' })
    await limit('b', { pods: '1' }, { pods: '1' })
    assert.match(
      await refused(pod()),
      /exceeded quota: b, requested: pods=1, used: pods=1, limited: pods=1$/,
    )
    assert.equal((await used('a')).pods, '0')
    quotas.pop()
    const admission = new Admission([plugin()])
    const request = requestOf(pod())
    await admission.validate(request)
    assert.equal((await used('a')).pods, '1')
    await admission.undo(request)
    await admission.undo(request)
    assert.equal((await used('a')).pods, '0')
  })

  it('charges nothing for a dry run, but says no all the same', async () => {
    await limit('q', { pods: '1' })
    assert.equal(await refused({ ...pod(), dryRun: true }), '')
    assert.equal((await used('q')).pods, '0')
    await limit('full', { pods: '1' }, { pods: '1' })
    assert.match(await refused({ ...pod(), dryRun: true }), /exceeded quota: full/)
  })

  it('wants every container to say what is limited in sum', async () => {
    await limit('q', { 'limits.cpu': '1', memory: '1Gi' })
    assert.equal(
      await refused(pod({ limits: { cpu: '1' } })),
      '403 pods "x" is forbidden: failed quota: q: must specify memory for: c',
    )
  })

  it('says so while nobody has counted yet', async () => {
    await limit('q', { pods: '1' }, {})
    assert.match(await refused(pod()), /status unknown for quota: q, resources: pods$/)
  })

  it('counts objects of any kind', async () => {
    await limit('q', { 'count/deployments.apps': '1', services: '1', 'services.nodeports': '2' })
    assert.equal(await refused({ resource: deployments, object: {} }), '')
    assert.match(await refused({ resource: deployments, object: {} }), /count\/deployments.apps=1/)
    const service = (...ports: object[]) => ({ spec: { type: 'NodePort', ports } })
    assert.equal(await refused({ resource: services, object: service({}) }), '')
    const more = { resource: services, operation: 'UPDATE', old: service({}) } as const
    assert.equal(await refused({ ...more, object: service({}, {}) }), '')
    assert.equal((await used('q'))['services.nodeports'], '2')
    assert.equal((await used('q')).services, '1')
    assert.match(
      await refused({ ...more, object: service({}, {}, {}) }),
      /requested: services.nodeports=2, used: services.nodeports=2, limited: services.nodeports=2$/,
    )
  })

  it('charges a claim whole where it only now comes under a quota, by any class that it has', async () => {
    const matchExpressions = [
      { scopeName: 'VolumeAttributesClass', operator: 'In', values: ['gold'] },
    ]
    const hard = { persistentvolumeclaims: '2', 'requests.storage': '10' }
    await limit('q', hard, undefined, { scopeSelector: { matchExpressions } })
    const claim = (volumeAttributesClassName: string, storage: string, status: object = {}) => ({
      spec: { volumeAttributesClassName, resources: { requests: { storage } } },
      status,
    })
    const change = { resource: persistentVolumeClaims, operation: 'UPDATE' } as const
    const [silver, gold] = [claim('silver', '2'), claim('gold', '2500m')]
    assert.equal(await refused({ ...change, old: silver, object: gold }), '')
    assert.deepEqual(await used('q'), { persistentvolumeclaims: '1', 'requests.storage': '3' })
    assert.equal(await refused({ ...change, old: gold, object: claim('gold', '5') }), '')
    const leaving = claim('silver', '1', { currentVolumeAttributesClassName: 'gold' })
    assert.equal(await refused({ resource: persistentVolumeClaims, object: leaving }), '')
    assert.deepEqual(await used('q'), { persistentvolumeclaims: '2', 'requests.storage': '6' })
  })

  it('does not count what passes by itself, or is not kept', async () => {
    const hard = {
      'count/events': '0',
      'count/localsubjectaccessreviews.authorization.k8s.io': '0',
    }
    await limit('q', hard)
    assert.equal(await refused({ resource: events, object: {} }), '')
    assert.equal(await refused({ resource: localSubjectAccessReviews, object: {} }), '')
  })

  const scoped: [string, object, object, boolean][] = [
    ['BestEffort', { scopes: ['BestEffort'] }, pod(), true],
    ['BestEffort', { scopes: ['BestEffort'] }, pod({ requests: { cpu: '1' } }), false],
    [
      'NotTerminating',
      { scopes: ['NotTerminating'] },
      pod({}, { activeDeadlineSeconds: 1 }),
      false,
    ],
    ['Terminating', { scopes: ['Terminating'] }, pod({}, { activeDeadlineSeconds: 1 }), true],
    [
      'PriorityClass',
      {
        scopeSelector: {
          matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
        },
      },
      pod({}, { priorityClassName: 'high' }),
      true,
    ],
    [
      'CrossNamespacePodAffinity',
      { scopes: ['CrossNamespacePodAffinity'] },
      pod(
        {},
        {
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [{ namespaceSelector: {} }],
            },
          },
        },
      ),
      true,
    ],
  ]
  for (const [scope, spec, wish, covered] of scoped)
    it(`${covered ? 'charges' : 'does not charge'} a pod by ${scope}`, async () => {
      await limit('q', { pods: '1' }, { pods: '0' }, spec)
      assert.equal(await refused(wish), '')
      assert.equal((await used('q')).pods, covered ? '1' : '0')
    })
})
