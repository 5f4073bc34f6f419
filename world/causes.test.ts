import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '../api/object.ts'
import type { ObjectVersion } from '../api/write-record.ts'
import { Deployment, Node, Pod } from '../controllers/framework/index.ts'
import { websiteController } from '../crds/website/controller.ts'
import { Website } from '../crds/website/kind.ts'
import { type LogEntry, startWorld, type World } from './index.ts'

const web = (image: string, replicas = 2) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: main, image: "${image}" }]
`

/** Whether a write changed what is wanted of an object, or whether it is there. */
const isDecision = ({ type, before, after }: LogEntry) =>
  type !== 'updated' || !isDeepStrictEqual(wishOf(before), wishOf(after))

/** Nodes have no generation. */
const wishOf = (object: KubernetesObject | undefined) => {
  const { spec, metadata } = object as Node
  return [spec, metadata.generation, metadata.deletionTimestamp]
}

/** What was last decided about an object as it was seen. */
const decisionAbout = (world: World, { resource, name, resourceVersion }: ObjectVersion) =>
  world.log.findLast(
    (entry) =>
      entry.kind.plural === resource &&
      entry.ref.name === name &&
      entry.position <= Number(resourceVersion || Number.POSITIVE_INFINITY) &&
      isDecision(entry),
  )

/** From a write to what it was done on account of, and so on: `deleted pods by nodes`. */
function chainOf(world: World, entry: LogEntry | undefined): string[] {
  const chain: string[] = []
  for (let link = entry; link && !chain.includes(textOf(link)); ) {
    chain.push(textOf(link))
    const next: ObjectVersion | undefined = link.record?.cause?.for
    link = next && decisionAbout(world, next)
  }
  return chain
}

const textOf = ({ type, kind, by, record }: LogEntry) =>
  `${kind.plural} ${type} by ${record?.cause?.by ?? by}`

/** Of the process in which all of them run, what one of them sends of itself and of its pods never arrives. */
const silence = (world: World, node: string) =>
  world.inject(({ process, ref, verb }) =>
    process === 'nodes' && (ref?.name === node || (ref?.name?.startsWith('web-') && verb !== 'get'))
      ? { type: 'lose', applied: false }
      : undefined,
  )

describe('why, in a World', () => {
  let world: World
  beforeEach(async () => {
    world = await startWorld({ kinds: [Website], controllers: [websiteController] })
  })
  afterEach(() => world.close())

  const rollOut = async (image: string, replicas?: number) => {
    await world.apply(web(image, replicas))
    await world.converge()
  }
  const since = (position: number) => world.log.filter((entry) => entry.position > position)
  const now = () => world.log.at(-1)?.position ?? 0
  const whyAll = (type: LogEntry['type'], after: number) =>
    since(after)
      .filter((entry) => entry.kind.kind === 'Pod' && entry.type === type)
      .map((entry) => chainOf(world, entry))
  it('pods are made: for a ReplicaSet, for a Deployment, for a person', async () => {
    await rollOut('web:1')
    const then = now()
    await rollOut('web:2')
    assert.deepEqual(whyAll('created', then), [
      [
        'pods created by replicaset',
        'replicasets created by deployment',
        'deployments updated by user',
      ],
      [
        'pods created by replicaset',
        'replicasets updated by deployment',
        'deployments updated by user',
      ],
    ])
    const [first] = since(then)
    assert.equal(first?.kind.kind, 'Deployment')
    assert.equal(first?.record?.cause, undefined)
  })

  const left = (owner: string) => [
    'pods deleted by nodes',
    'pods updated by replicaset',
    'replicasets updated by deployment',
    owner,
  ]

  it('pods end in a rollout and when fewer are wanted', async () => {
    await rollOut('web:1')
    const then = now()
    await rollOut('web:2')
    const why = left('deployments updated by user')
    assert.deepEqual(whyAll('deleted', then), [why, why])
    const later = now()
    await rollOut('web:2', 1)
    assert.deepEqual(whyAll('deleted', later), [why])
  })

  it('pods end with what owned them', async () => {
    await rollOut('web:1', 1)
    await world.remove(Deployment, 'web')
    await world.converge()
    assert.deepEqual(whyAll('deleted', 0), [
      [
        'pods deleted by nodes',
        'pods updated by garbage-collector',
        'replicasets deleted by garbage-collector',
        'deployments deleted by user',
      ],
    ])
  })

  it('pods end with what owned them, which waits for them', async () => {
    await rollOut('web:1', 1)
    await world.remove(Deployment, 'web', { propagationPolicy: 'Foreground' })
    await world.converge()
    assert.deepEqual(whyAll('deleted', 0), [
      [
        'pods deleted by nodes',
        'pods updated by garbage-collector',
        'replicasets updated by garbage-collector',
        'deployments updated by user',
      ],
    ])
  })

  it('pods are evicted', async () => {
    await rollOut('web:1', 1)
    const [pod] = await world.list(Pod)
    const { namespace = '', name = '' } = pod?.metadata ?? {}
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } }
    await world.cluster.createSubresource(Pod, { namespace, name }, 'eviction', eviction)
    await world.converge()
    assert.deepEqual(whyAll('deleted', 0), [['pods deleted by nodes', 'pods updated by user']])
  })

  it('pods leave a node that has fallen silent, and go with one that is gone', async () => {
    await using two = await startWorld({ nodes: 2 })
    await two.apply(web('web:1', 1))
    await two.converge()
    const nodeOf = async () => (await two.list(Pod))[0]?.spec?.nodeName ?? ''
    const first = await nodeOf()
    silence(two, first)
    await two.advance('10m')
    const leaving = two.log.find(({ after }) => after?.metadata.deletionTimestamp)
    assert.deepEqual(chainOf(two, leaving).slice(0, 2), [
      'pods updated by taint-eviction',
      'nodes updated by node-lifecycle',
    ])
    await two.remove(Node, first)
    await two.advance('2m')
    const gone = two.log.find(({ type, kind }) => type === 'deleted' && kind.kind === 'Pod')
    assert.deepEqual(chainOf(two, gone), [
      'pods deleted by pod-garbage-collector',
      'nodes deleted by user',
    ])
  })

  it('pods are made of kinds of one’s own', async () => {
    await world.apply(
      Website.make({
        metadata: { name: 'argo' },
        spec: { title: 'Argo', replicas: 1, pages: { 'index.html': 'x' } },
      }),
    )
    await world.converge()
    assert.deepEqual(whyAll('created', 0), [
      [
        'pods created by replicaset',
        'replicasets created by deployment',
        'deployments created by website',
        'websites created by user',
      ],
    ])
  })

  it('nothing is said of what no run writes', async () => {
    await rollOut('web:1')
    const told = world.log.filter(
      ({ by, kind, record }) =>
        (by === 'user' || kind.kind === 'Lease' || by === 'server') && record?.cause,
    )
    assert.deepEqual(told, [])
  })
})
