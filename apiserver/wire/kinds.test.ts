import assert from 'node:assert/strict'
import { plainOf, protobufType, settled } from './protobuf.ts'
import { startWireServer, type WireServer } from './wire.ts'

const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' }
const cluster = (group: string, plural: string) => `/apis/${group}/v1/${plural}`
const namespaced = (group: string, plural: string) =>
  `/apis/${group}/v1/namespaces/default/${plural}`

const rule = { operations: ['CREATE'], apiGroups: ['x.io'], apiVersions: ['v1'], resources: ['x'] }
const webhooks = [
  {
    name: 'a.example.com',
    clientConfig: { service: { namespace: 'default', name: 's' } },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    failurePolicy: 'Ignore',
    rules: [rule],
  },
]
const matchConstraints = { resourceRules: [rule] }
const expression = 'Object{metadata: Object.metadata{labels: {"a": "b"}}}'
const mutations = [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }]
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }
const requests = [{ name: 'r', exactly: { deviceClassName: 'gpu' } }]
const admission = 'admissionregistration.k8s.io'
const rbac = 'rbac.authorization.k8s.io'
const storage = 'storage.k8s.io'
const flow = 'flowcontrol.apiserver.k8s.io'

/** One good object of a kind, what it is called, and whether DELETE answers it. */
const kinds: [path: string, object: object, name?: string, returned?: boolean][] = [
  [
    namespaced('networking.k8s.io', 'ingresses'),
    { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } },
  ],
  [cluster('networking.k8s.io', 'ingressclasses'), { spec: { controller: 'example.com/c' } }],
  [namespaced('networking.k8s.io', 'networkpolicies'), { spec: { podSelector: {} } }],
  [cluster('networking.k8s.io', 'servicecidrs'), { spec: { cidrs: ['10.99.0.0/24'] } }],
  [
    cluster('networking.k8s.io', 'ipaddresses'),
    { spec: { parentRef: { resource: 'services', namespace: 'default', name: 's' } } },
    '10.99.0.1',
  ],
  [cluster(storage, 'storageclasses'), { provisioner: 'example.com/d' }, 'a', true],
  [
    cluster(storage, 'volumeattachments'),
    { spec: { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'v' } } },
    'a',
    true,
  ],
  [cluster(storage, 'csidrivers'), { spec: {} }, 'a', true],
  [cluster(storage, 'csinodes'), { spec: { drivers: [] } }, 'a', true],
  [namespaced(storage, 'csistoragecapacities'), { storageClassName: 's', capacity: '1Gi' }],
  [
    cluster(storage, 'volumeattributesclasses'),
    { driverName: 'd', parameters: { a: 'b' } },
    'a',
    true,
  ],
  [cluster('scheduling.k8s.io', 'priorityclasses'), { value: 7 }],
  [cluster('node.k8s.io', 'runtimeclasses'), { handler: 'h' }],
  [namespaced(rbac, 'roles'), { rules: [] }, 'system:a'],
  [namespaced(rbac, 'rolebindings'), { roleRef }, 'system:a'],
  [cluster(rbac, 'clusterroles'), { rules: [] }, 'system:a'],
  [cluster(rbac, 'clusterrolebindings'), { roleRef }, 'system:a'],
  [cluster(admission, 'mutatingwebhookconfigurations'), { webhooks }],
  [cluster(admission, 'validatingwebhookconfigurations'), { webhooks }],
  [
    cluster(admission, 'validatingadmissionpolicies'),
    { spec: { matchConstraints, validations: [{ expression: 'true' }] } },
  ],
  [
    cluster(admission, 'validatingadmissionpolicybindings'),
    { spec: { policyName: 'p', validationActions: ['Warn'] } },
  ],
  [
    cluster(admission, 'mutatingadmissionpolicies'),
    { spec: { matchConstraints, mutations, reinvocationPolicy: 'Never' } },
  ],
  [cluster(admission, 'mutatingadmissionpolicybindings'), { spec: { policyName: 'p' } }],
  [cluster(flow, 'flowschemas'), { spec: { priorityLevelConfiguration: { name: 'exempt' } } }],
  [
    cluster(flow, 'prioritylevelconfigurations'),
    { spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } },
  ],
  [cluster('resource.k8s.io', 'deviceclasses'), { spec: {} }, 'a', true],
  [namespaced('resource.k8s.io', 'resourceclaims'), { spec: { devices: { requests } } }, 'a', true],
  [
    namespaced('resource.k8s.io', 'resourceclaimtemplates'),
    { spec: { spec: { devices: { requests } } } },
    'a',
    true,
  ],
  [
    cluster('resource.k8s.io', 'resourceslices'),
    { spec: { driver: 'd.io', nodeName: 'n', pool: { name: 'p', resourceSliceCount: 1 } } },
    'a',
    true,
  ],
]

/** What neither the server nor controllers write. */
const content = ({ metadata, status, ...rest }: Record<string, unknown>) => rest

describe('wire: kinds', () => {
  let wire: WireServer
  before(async () => {
    wire = await startWireServer()
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  for (const [path, object, name = 'a', returned = false] of kinds)
    it(`${path} makes, shows, keeps and deletes`, async () => {
      const made = await wire.ask('POST', path, { body: { metadata: { name }, ...object } })
      assert.equal(made.code, 201, made.text)
      const { columnDefinitions, rows } = (await wire.ask('GET', path, { headers: table })).json
      for (const { cells } of rows) assert.equal(cells.length, columnDefinitions.length)
      const again = await wire.ask('PATCH', `${path}/${name}`, { body: {} })
      assert.equal(again.code, 200, again.text)
      assert.deepEqual(content(again.json), content(made.json))
      const { json } = await wire.ask('GET', `${path}/${name}`)
      const binary = await wire.ask('GET', `${path}/${name}`, { headers: { accept: protobufType } })
      assert.deepEqual(plainOf(binary.bytes), settled(json))
      const deleted = await wire.ask('DELETE', `${path}/${name}`)
      assert.equal(deleted.code, 200, deleted.text)
      assert.equal(deleted.json.kind, returned ? made.json.kind : 'Status')
    })

  it('events are the same objects under both names', async () => {
    const events = '/apis/events.k8s.io/v1/namespaces/default/events'
    const body = {
      metadata: { name: 'e', namespace: 'default' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'example.com/c',
      reportingInstance: 'c-1',
      action: 'Waiting',
      reason: 'Because',
      type: 'Normal',
      note: 'It happened.',
      regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
    }
    const made = await wire.ask('POST', events, { body })
    assert.equal(made.code, 201, made.text)
    const selected = 'fieldSelector=involvedObject.name%3Dp'
    const core = await wire.ask('GET', `/api/v1/namespaces/default/events?${selected}`)
    assert.equal(core.json.items[0].message, 'It happened.')
    const found = await wire.ask('GET', `${events}?fieldSelector=regarding.name%3Dp`)
    assert.equal(found.json.items[0].note, 'It happened.')
  })
})
