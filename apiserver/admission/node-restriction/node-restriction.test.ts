import assert from 'node:assert/strict'
import type { ResourceAttributes } from '../../auth/authorization.ts'
import { givenObjects } from '../../registry/testing/given-objects.ts'
import { leases } from '../../resources/coordination/lease.ts'
import { configMaps } from '../../resources/core/config-map.ts'
import { nodes } from '../../resources/core/node.ts'
import { persistentVolumeClaims } from '../../resources/core/persistent-volume-claim.ts'
import { serviceAccounts } from '../../resources/core/service-account.ts'
import { refusalOf, type Wish } from '../testing/plugin-lab.ts'
import { nodeRestriction } from './node-restriction.ts'

describe('NodeRestriction', () => {
  const projected = (audience?: string) => ({
    name: audience ?? 'own',
    projected: { sources: [{ serviceAccountToken: { path: 't', audience } }] },
  })
  const volumes = [
    projected(),
    projected('vault'),
    { name: 'inline', csi: { driver: 'inline.example' } },
    { name: 'claimed', persistentVolumeClaim: { claimName: 'c' } },
  ]
  const driver = (name: string) => ({
    metadata: { name: `${name}.example` },
    spec: { tokenRequests: [{ audience: name }] },
  })
  const plugin = nodeRestriction({
    lister: givenObjects({
      nodes: [{ metadata: { name: 'a', uid: 'n' } }],
      pods: [
        {
          metadata: { name: 'mine', namespace: 'ns', uid: 'u1' },
          spec: { nodeName: 'a', volumes },
        },
        { metadata: { name: 'theirs', namespace: 'ns', uid: 'u2' }, spec: { nodeName: 'b' } },
      ],
      persistentvolumeclaims: [
        { metadata: { name: 'c', namespace: 'ns' }, spec: { volumeName: 'v' } },
      ],
      persistentvolumes: [{ metadata: { name: 'v' }, spec: { csi: { driver: 'disk.example' } } }],
      'csidrivers.storage.k8s.io': [driver('inline'), driver('disk')],
    } as never),
    authorize: (attributes) => ({
      allowed: (attributes as ResourceAttributes).resource === 'granted',
    }),
  })
  const agent = { name: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] }
  const refused = async (wish: Wish) =>
    (await refusalOf(plugin, { user: agent, ...wish })).replace(/^403 \S+ "\S*" is forbidden: /, '')
  const update = { operation: 'UPDATE' } as const
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'n', controller: true }
  const mirror = (spec: object = {}, metadata: object = {}) => ({
    object: {
      metadata: {
        name: 'x',
        annotations: { 'kubernetes.io/config.mirror': 'h' },
        ownerReferences: [owner],
        ...metadata,
      },
      spec: { nodeName: 'a', containers: [], ...spec },
    },
  })
  const ownNode = (metadata: object = {}, spec: object = {}, name = 'a') => ({
    metadata: { name, ...metadata },
    spec,
  })
  const node = { resource: nodes, name: 'a' }
  const token = (boundObjectRef: object | undefined, audiences?: string[]): Wish => ({
    resource: serviceAccounts,
    subresource: 'token',
    object: { spec: { boundObjectRef, audiences } },
  })
  const bound = (name: string, uid: string, ...audiences: string[]) =>
    token({ apiVersion: 'v1', kind: 'Pod', name, uid }, audiences)
  const claim = { resource: persistentVolumeClaims, subresource: 'status', ...update }

  const cases: [string, Wish, string][] = [
    ['mirrors of its own pods', mirror(), ''],
    [
      'no other pods',
      { object: { spec: { nodeName: 'a', containers: [] } } },
      'pod does not have "kubernetes.io/config.mirror" annotation, node "a" can only create mirror pods',
    ],
    [
      'no pods elsewhere',
      mirror({ nodeName: 'b' }),
      'node "a" can only create pods with spec.nodeName set to itself',
    ],
    [
      'no pods of other owners',
      mirror({}, { ownerReferences: [{ ...owner, name: 'b' }] }),
      'node "a" can only create pods with an owner reference set to itself',
    ],
    [
      'no secrets by way of pods',
      mirror({ volumes: [{ name: 'v', secret: {} }] }),
      'node "a" can not create pods that reference secrets',
    ],
    [
      'no secrets by way of volumes of any kind',
      mirror({ volumes: [{ name: 'v', azureFile: { secretName: 's', shareName: 'x' } }] }),
      'node "a" can not create pods that reference secrets',
    ],
    [
      'no configuration by way of pods',
      mirror({ containers: [{ name: 'c', envFrom: [{ configMapRef: { name: 'x' } }] }] }),
      'node "a" can not create pods that reference configmaps',
    ],
    [
      'no devices by way of pods',
      mirror({ resourceClaims: [{ name: 'r' }] }),
      'node "a" can not create pods that reference resourceclaims',
    ],
    [
      'no pods of a node that it was before',
      mirror({}, { ownerReferences: [{ ...owner, uid: 'before' }] }),
      'node a UID mismatch: expected before got n',
    ],
    ['the end of its pods', { operation: 'DELETE', old: { spec: { nodeName: 'a' } } }, ''],
    [
      'not the end of other pods',
      { operation: 'DELETE', old: { spec: { nodeName: 'b' } } },
      'node "a" can only delete pods with spec.nodeName set to itself',
    ],
    [
      'no change of a pod',
      { ...update, object: {}, old: {} },
      'unexpected operation "UPDATE", node "a" can only create and delete mirror pods',
    ],
    [
      'no labels by way of a status',
      {
        ...update,
        subresource: 'status',
        object: { metadata: { name: 'x', labels: { a: 'b' } }, spec: { nodeName: 'a' } },
        old: { spec: { nodeName: 'a' } },
      },
      'node "a" cannot update labels through pod status',
    ],
    [
      'no eviction elsewhere',
      { subresource: 'eviction', name: 'theirs', object: {} },
      'node a can only evict pods with spec.nodeName set to itself',
    ],
    [
      'itself',
      { ...node, object: ownNode({ labels: { 'kubernetes.io/os': 'linux', own: '1' } }) },
      '',
    ],
    [
      'no other node',
      { ...node, name: 'b', object: ownNode({}, {}, 'b') },
      'node "a" is not allowed to modify node "b"',
    ],
    [
      'no labels that draw pods',
      {
        ...node,
        object: ownNode({
          labels: { 'node-restriction.kubernetes.io/x': '', 'node-role.kubernetes.io/x': '' },
        }),
      },
      'node "a" is not allowed to set the following labels: node-restriction.kubernetes.io/x, node-role.kubernetes.io/x',
    ],
    [
      'no taints',
      {
        ...node,
        ...update,
        object: ownNode({}, { taints: [] }),
        old: ownNode({}, { taints: [{}] }),
      },
      'node "a" is not allowed to modify taints',
    ],
    [
      'no owners',
      {
        ...node,
        ...update,
        subresource: 'status',
        object: ownNode({ ownerReferences: [owner] }),
        old: ownNode(),
      },
      'node "a" is not allowed to modify ownerReferences',
    ],
    [
      'its own lease',
      { resource: leases, namespace: 'kube-node-lease', name: 'a', object: {} },
      '',
    ],
    [
      'no other lease',
      { resource: leases, namespace: 'kube-node-lease', name: 'b', object: {} },
      'can only access node lease with the same name as the requesting node',
    ],
    [
      'no lease elsewhere',
      { resource: leases, name: 'a', object: {} },
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    ['tokens of its pods', bound('mine', 'u1'), ''],
    ['tokens for whom its pods ask', bound('mine', 'u1', 'vault'), ''],
    ['tokens for drivers of its pods', bound('mine', 'u1', 'inline'), ''],
    ['tokens for drivers of volumes that its pods claim', bound('mine', 'u1', 'disk'), ''],
    ['tokens for whom it may ask', bound('mine', 'u1', 'granted'), ''],
    [
      'no tokens for anybody else',
      bound('mine', 'u1', 'bank'),
      'audience "bank" not found in pod spec volume, system:node:a is not authorized to request tokens for this audience',
    ],
    [
      'no tokens for several at once',
      bound('mine', 'u1', 'vault', 'disk'),
      'node may only request 0 or 1 audiences',
    ],
    [
      'no tokens of other pods',
      bound('theirs', 'u2'),
      'node requested token bound to a pod scheduled on a different node',
    ],
    [
      'no tokens of pods that were',
      bound('mine', 'u0'),
      'the UID in the bound object reference (u0) does not match the UID in record. The object might have been deleted and then recreated',
    ],
    ['no tokens of no pod', token(undefined), 'node requested token not bound to a pod'],
    [
      'how large a claim has become',
      { ...claim, object: { status: { capacity: { storage: '2Gi' } } }, old: {} },
      '',
    ],
    [
      'no phase of a claim',
      { ...claim, object: { status: { phase: 'Lost' } }, old: {} },
      'node "a" is not allowed to update fields other than status.capacity and status.conditions',
    ],
    ['what no rule is about', { resource: configMaps, object: {} }, ''],
  ]
  for (const [what, wish, why] of cases)
    it(`lets an agent write ${what}`, async () => {
      assert.equal(await refused(wish), why)
    })

  it('lets nobody pass as an agent of no node', async () => {
    const user = { name: 'jane', groups: ['system:nodes'] }
    assert.equal(await refused({ user, ...mirror() }), 'could not determine node from user "jane"')
  })

  it('is about agents alone', async () => {
    const user = { name: 'jane', groups: [] }
    assert.equal(await refused({ user, object: { spec: {} } }), '')
  })
})
