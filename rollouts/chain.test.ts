import assert from 'node:assert/strict'
import type { Lineage, Link } from '../api/lineage.ts'
import type { ObjectVersion, WriteRecord } from '../api/write-record.ts'
import { actorText } from './actor.ts'
import { chainOf } from './chain.ts'

const now = Date.parse('2026-01-01T00:10:00Z')
const at = (second: number) => new Date(now + second * 1000).toISOString()

const version = (
  resource: string,
  name: string,
  revision: number,
  group = '',
  namespace = 'default',
): ObjectVersion => ({ resource, group, namespace, name, resourceVersion: String(revision) })

const record = (change: Partial<WriteRecord>): WriteRecord => ({
  at: at(-10),
  verb: 'update',
  user: 'system:kube-controller-manager',
  userAgent: 'tiphys-controllers',
  requestId: 'r',
  ...change,
})

const deployment = version('deployments', 'web', 1305, 'apps')
const replicaSet = version('replicasets', 'web-7d9f', 1308, 'apps')
const pod = version('pods', 'web-7d9f-x2x9k', 1310)

const links: Link[] = [
  {
    object: pod,
    kind: 'Pod',
    type: 'created',
    changed: [],
    record: record({
      verb: 'create',
      fieldManager: 'tiphys-controllers-replicaset',
      cause: { for: replicaSet, because: [replicaSet, version('pods', 'web-7d9f-old', 1301)] },
    }),
    because: [replicaSet, version('pods', 'web-7d9f-old', 1301)],
    next: 'told',
  },
  {
    object: replicaSet,
    kind: 'ReplicaSet',
    type: 'updated',
    changed: ['spec.replicas'],
    summary: 'replicas 2 -> 3',
    record: record({
      fieldManager: 'tiphys-controllers-deployment',
      cause: { for: deployment, because: [deployment] },
    }),
    because: [deployment],
    next: 'told',
  },
  {
    object: deployment,
    kind: 'Deployment',
    type: 'updated',
    changed: ['spec.template.spec.containers[app].image'],
    summary: 'image web 1.2 -> 1.3',
    record: record({
      verb: 'patch',
      user: 'alice',
      userAgent: 'kubectl/v1.36.0 (linux/amd64) kubernetes/abc',
      fieldManager: 'kubectl-client-side-apply',
    }),
    because: [],
  },
]
const lineage: Lineage = { links, end: 'author', edge: { revision: 1204, at: at(-3600) } }
const texts = (told: Lineage) => chainOf(told, now).map(({ text }) => text)

describe('a chain of writes', () => {
  it('goes from the pod to the person, with what woke whom', () => {
    assert.deepEqual(texts(lineage), [
      'Pod web-7d9f-x2x9k created r1310, 10 s ago (kube-controller-manager, replicaset controller)',
      '   woken by pods/web-7d9f-old r1301',
      '<- ReplicaSet web-7d9f replicas 2 -> 3 r1308, 10 s ago (kube-controller-manager, deployment controller)',
      '<- Deployment web image web 1.2 -> 1.3 r1305, 10 s ago (kubectl apply, alice)',
      'It began there: nobody else had caused that.',
    ])
  })

  it('marks what follows from an owner reference alone', () => {
    const [first, ...rest] = links
    const inferred = { ...lineage, links: [{ ...first!, next: 'inferred' as const }, ...rest] }
    const marked = chainOf(inferred, now).filter((line) => line.inferred)
    assert.deepEqual(
      marked.map(({ text }) => text),
      [
        '<- ReplicaSet web-7d9f replicas 2 -> 3 r1308, 10 s ago (kube-controller-manager, deployment controller) (inferred)',
      ],
    )
  })

  it('says where it ends and why', () => {
    const ends = (['edge', 'forbidden', 'long'] as const).map((end) =>
      texts({ ...lineage, links: [], end }).join(),
    )
    assert.deepEqual(ends, [
      'Why that was is kept no longer: history begins at r1204, 60 min ago.',
      'What caused that may not be read by you.',
      'And so on: no longer chain is told.',
    ])
    const undated: Lineage = { links: [], end: 'edge', edge: { revision: 7 } }
    assert.match(texts(undated).join(), /begins at r7\.$/)
  })

  it('says what it was that woke, and who if it was a person', () => {
    const old = version('pods', 'web-7d9f-old', 1301)
    const node = version('nodes', 'n', 1302)
    const [first] = links
    const woken: Link['woken'] = [
      {
        object: old,
        kind: 'Pod',
        type: 'updated',
        summary: 'asked to go',
        record: record({ user: 'alice', userAgent: 'kubectl/v1.36.0', verb: 'delete' }),
      },
      {
        object: node,
        kind: 'Node',
        type: 'deleted',
        record: record({ cause: { by: 'reaper', because: [] } }),
      },
      { object: replicaSet, kind: 'ReplicaSet', type: 'updated', summary: 'x', record: record({}) },
    ]
    const link = { ...(first as Link), because: [old, node, replicaSet], woken }
    assert.equal(
      texts({ ...lineage, links: [link] })[1],
      '   woken by pods/web-7d9f-old r1301 asked to go (kubectl delete, alice), nodes/n r1302 deleted (reaper), replicasets/web-7d9f r1308 x',
    )
  })

  it('says who else had written the object, and not that its writer had', () => {
    const [, scaled] = links
    const before = version('replicasets', 'web-7d9f', 1306, 'apps')
    const by = record({ user: 'alice', userAgent: 'kubectl/v1.36.0', subresource: 'scale' })
    const summary = 'replicas 2 -> 5'
    const woken: Link['woken'] = [
      { object: before, kind: 'ReplicaSet', type: 'updated', summary, record: by },
    ]
    const link: Link = { ...(scaled as Link), because: [before] }
    const woke = (told: Link) => texts({ ...lineage, links: [told] }).slice(1, -1)
    assert.deepEqual(woke(link), [])
    assert.deepEqual(woke({ ...link, woken }), [
      '   woken by replicasets/web-7d9f r1306 replicas 2 -> 5 (kubectl scale, alice)',
    ])
  })

  it('names a person also who says to be a controller', () => {
    const record: WriteRecord = {
      at: at(-10),
      verb: 'delete',
      user: 'alice',
      userAgent: 'kubectl/v1.36.0',
      requestId: 'r',
      cause: { by: 'deployment', for: deployment, because: [] },
    }
    const old = version('pods', 'web-7d9f-old', 1301)
    const woken = [{ object: old, kind: 'Pod', type: 'updated' as const, summary: 'ready', record }]
    const [first] = links
    const link: Link = { ...(first as Link), record, because: [old], woken }
    assert.deepEqual(texts({ ...lineage, links: [link] }).slice(0, 2), [
      'Pod web-7d9f-x2x9k created r1310, 10 s ago (kubectl delete, alice)',
      '   woken by pods/web-7d9f-old r1301 ready (kubectl delete, alice)',
    ])
  })

  it('names paths where a write has no summary, and what woke in other namespaces and groups', () => {
    const link: Link = {
      object: deployment,
      kind: 'Deployment',
      type: 'updated',
      changed: ['a', 'b', 'c', 'd'],
      because: [
        version('sites', 'x', 4, 'demo.example.com', 'other'),
        ...[1, 2, 3].map((n) => version('leases', `l${n}`, n, 'coordination.k8s.io')),
      ],
    }
    assert.deepEqual(texts({ ...lineage, links: [link] }).slice(0, 2), [
      'Deployment web changed in a, b, c and 1 more r1305',
      '   woken by sites.demo.example.com/x in other r4, leases/l1 r1, leases/l2 r2 and 1 more',
    ])
  })
})

describe('who wrote', () => {
  it('is named in the words that people know', () => {
    const kubectl = (change: Partial<WriteRecord>) =>
      actorText(record({ user: 'alice', userAgent: 'kubectl/v1.36.0 (linux)', ...change }))
    assert.equal(kubectl({ fieldManager: 'kubectl-set' }), 'kubectl set, alice')
    const eviction = { verb: 'create', subresource: 'eviction' } as const
    assert.equal(kubectl(eviction), 'kubectl drain, alice')
    assert.equal(kubectl({ subresource: 'scale', fieldManager: 'kubectl' }), 'kubectl scale, alice')
    assert.equal(kubectl({ verb: 'apply', fieldManager: 'kubectl' }), 'kubectl apply, alice')
    assert.equal(kubectl({ verb: 'delete' }), 'kubectl delete, alice')
    assert.equal(kubectl({ verb: 'apply', fieldManager: 'ci-pipeline' }), 'ci-pipeline, alice')
    const helm = { userAgent: 'Helm/4.0', fieldManager: 'helm', user: 'bob' }
    assert.equal(actorText(record(helm)), 'helm, bob')
    assert.equal(
      actorText(record({ user: 'system:node:vm', userAgent: 'tiphys-kubelet' })),
      'node vm, kubelet',
    )
    assert.equal(
      actorText(record({ user: 'system:serviceaccount:site:operator', userAgent: 'site' })),
      'service account site/operator, site',
    )
    const acting = { user: 'system:serviceaccount:ci:deployer', impersonatedBy: 'alice' }
    assert.equal(
      kubectl({ verb: 'delete', ...acting }),
      'kubectl delete, alice as service account ci/deployer',
    )
    assert.equal(
      actorText(record({ verb: 'delete', cause: { for: replicaSet, because: [] } })),
      'kube-controller-manager, replicaset controller',
    )
  })
})
