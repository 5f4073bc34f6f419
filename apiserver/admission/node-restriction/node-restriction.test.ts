import assert from 'node:assert/strict'
import { givenObjects } from '../../registry/testing/given-objects.ts'
import { leases } from '../../resources/coordination/lease.ts'
import { configMaps } from '../../resources/core/config-map.ts'
import { nodes } from '../../resources/core/node.ts'
import { persistentVolumeClaims } from '../../resources/core/persistent-volume-claim.ts'
import { serviceAccounts } from '../../resources/core/service-account.ts'
import { refusalOf, type Wish } from '../testing/plugin-lab.ts'
import { nodeRestriction } from './node-restriction.ts'

describe('NodeRestriction', () => {
  const plugin = nodeRestriction(
    givenObjects({
      pods: [
        { metadata: { name: 'mine', namespace: 'ns', uid: 'u1' }, spec: { nodeName: 'a' } },
        { metadata: { name: 'theirs', namespace: 'ns', uid: 'u2' }, spec: { nodeName: 'b' } },
      ],
    }),
  )
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
  const token = (boundObjectRef: object | undefined): Wish => ({
    resource: serviceAccounts,
    subresource: 'token',
    object: { spec: { boundObjectRef } },
  })
  const bound = (name: string, uid: string) => token({ apiVersion: 'v1', kind: 'Pod', name, uid })
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
