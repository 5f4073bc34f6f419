import assert from 'node:assert/strict'
import { Deployment, Namespace, Node, Pod } from '../controllers/framework/index.ts'
import { websiteController } from '../crds/website/controller.ts'
import { Website } from '../crds/website/kind.ts'
import { type Link, type LogEntry, startWorld, type World } from './index.ts'

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

/** From the write that made an object, or had it go, to whoever began it. */
async function chainOf(world: World, { kind, ref }: Pick<LogEntry, 'kind' | 'ref'>) {
  const { links, end } = await world.why(kind, ref)
  return [...links.map(textOf), end]
}

const textOf = ({ kind, type, summary, record }: Link) =>
  `${kind} ${type}${summary ? `: ${summary}` : ''} by ${record?.cause?.by ?? record?.user}`

const isPod = ({ kind }: LogEntry) => kind.kind === 'Pod'

const isWish = ({ type, before, after }: LogEntry) =>
  type === 'created' || before?.metadata.generation !== after?.metadata.generation

/** What a node sends of itself and of its pods never arrives any more. */
const silence = (world: World, node: string) =>
  world.inject(({ process, ref, verb }) =>
    process === 'nodes' && (ref?.name === node || (ref?.name?.startsWith('web-') && verb !== 'get'))
      ? { type: 'lose', applied: false }
      : undefined,
  )

describe('why, in a World', () => {
  let world: World
  beforeEach(async () => {
    world = await startWorld({ kinds: [Website], controllers: [websiteController], nodes: 2 })
  })
  afterEach(() => world.close())

  const rollOut = async (image: string, replicas?: number) => {
    await world.apply(web(image, replicas))
    await world.converge()
  }
  const now = () => world.log.at(-1)?.position ?? 0
  const whyAll = (type: LogEntry['type'], after = 0) =>
    Promise.all(
      world.log
        .filter((entry) => isPod(entry) && entry.type === type && entry.position > after)
        .map((entry) => chainOf(world, entry)),
    )

  /** What ReplicaSets are to be, and on account of what. */
  const stepsSince = (position: number) =>
    Promise.all(
      world.log
        .filter(({ kind }) => kind.kind === 'ReplicaSet')
        .filter((entry) => entry.position > position && isWish(entry))
        .map(async ({ kind, ref, position: revision }) => {
          const { links } = await world.why(kind, ref, { revision })
          return `${links[0]?.summary} <- ${links[1]?.summary}`
        }),
    )

  it('pods are made: for a ReplicaSet, for a Deployment, for a person', async () => {
    await rollOut('web:1')
    const then = now()
    await rollOut('web:2')
    const began = ['Deployment updated: image web 1 -> 2 by user', 'author']
    assert.deepEqual(await whyAll('created', then), [
      [
        'Pod created: image web:2 by replicaset',
        'ReplicaSet created: image web:2 by deployment',
        ...began,
      ],
      [
        'Pod created: image web:2 by replicaset',
        'ReplicaSet updated: replicas 1 -> 2 by deployment',
        ...began,
      ],
    ])
  })

  it('pods are where they are, and end, for their own sake', async () => {
    await rollOut('web:1', 1)
    const [pod] = await world.list(Pod)
    const name = pod?.metadata.name ?? ''
    const { links } = await world.why(Pod, name, { path: 'spec.nodeName' })
    assert.deepEqual(links.map(textOf).slice(0, 2), [
      `Pod updated: bound to node ${pod?.spec?.nodeName} by scheduler`,
      'Pod created: image web:1 by replicaset',
    ])
    await world.remove(Pod, name)
    await world.converge()
    const asked = world.log.find(
      ({ ref, after }) => ref.name === name && after?.metadata.deletionTimestamp,
    )
    const end = world.log.find(({ ref, type }) => ref.name === name && type === 'deleted')
    assert.equal(end?.by, 'nodes')
    assert.equal(end.record?.cause?.for?.resourceVersion, String(asked?.position))
  })

  it('a step of a rollout is not taken for the size, nor a size for the rollout', async () => {
    await rollOut('web:1', 4)
    const then = now()
    await world.apply(web('web:2', 4))
    await world.advance(0)
    await world.apply(web('web:2', 5))
    await world.converge()
    assert.deepEqual(await stepsSince(then), [
      'image web:2 <- image web 1 -> 2',
      'replicas 4 -> 5 <- replicas 4 -> 5',
      'replicas 5 -> 4 <- image web 1 -> 2',
      'replicas 1 -> 2 <- image web 1 -> 2',
      'replicas 4 -> 3 <- image web 1 -> 2',
      'replicas 2 -> 3 <- image web 1 -> 2',
      'replicas 3 -> 2 <- image web 1 -> 2',
      'replicas 3 -> 4 <- image web 1 -> 2',
      'replicas 2 -> 1 <- image web 1 -> 2',
      'replicas 4 -> 5 <- image web 1 -> 2',
      'replicas 1 -> 0 <- image web 1 -> 2',
    ])
  })

  it('pods come back with the size, or with the template that is gone back to', async () => {
    await rollOut('web:1', 1)
    const then = now()
    await rollOut('web:1', 0)
    await rollOut('web:1', 2)
    assert.deepEqual(await stepsSince(then), [
      'replicas 1 -> 0 <- replicas 1 -> 0',
      'replicas 0 -> 2 <- replicas 0 -> 2',
    ])
    await rollOut('web:2', 2)
    await rollOut('web:2', 1)
    const later = now()
    await rollOut('web:1', 1)
    assert.deepEqual(await stepsSince(later), [
      'replicas 0 -> 1 <- image web 2 -> 1',
      'replicas 1 -> 0 <- image web 2 -> 1',
    ])
  })

  it('pods are made of kinds of one’s own', async () => {
    const pages = { 'index.html': '<h1>Argo</h1>' }
    await world.apply(
      Website.make({ metadata: { name: 'argo' }, spec: { title: 'Argo', replicas: 1, pages } }),
    )
    await world.converge()
    assert.deepEqual(await whyAll('created'), [
      [
        'Pod created: image hello:v1 by replicaset',
        'ReplicaSet created: image hello:v1 by deployment',
        'Deployment created: image hello:v1 by website',
        'Website created by user',
        'author',
      ],
    ])
  })

  const shrunk = (replicas: string, wish: string) => [
    'Pod deleted by replicaset',
    `ReplicaSet updated: replicas ${replicas} by deployment`,
    `Deployment updated: ${wish} by user`,
    'author',
  ]

  it('pods end in a rollout, and when fewer are wanted', async () => {
    await rollOut('web:1')
    const then = now()
    await rollOut('web:2')
    assert.deepEqual(await whyAll('deleted', then), [
      shrunk('2 -> 1', 'image web 1 -> 2'),
      shrunk('1 -> 0', 'image web 1 -> 2'),
    ])
    const later = now()
    await rollOut('web:2', 1)
    assert.deepEqual(await whyAll('deleted', later), [shrunk('2 -> 1', 'replicas 2 -> 1')])
  })

  it('pods are made anew because somebody took one away', async () => {
    await rollOut('web:1', 1)
    const [old] = await world.list(Pod)
    await world.remove(Pod, old?.metadata.name ?? '')
    await world.converge()
    const [pod] = await world.list(Pod)
    const { links } = await world.why(Pod, pod?.metadata.name ?? '')
    const [woken] = links[0]?.woken ?? []
    assert.deepEqual(
      [woken?.object.name, woken?.summary, woken?.record?.user, woken?.record?.verb],
      [old?.metadata.name, 'asked to go', 'user', 'delete'],
    )
  })

  it('pods end with what owned them', async () => {
    await rollOut('web:1', 1)
    await world.remove(Deployment, 'web')
    await world.converge()
    assert.deepEqual(await whyAll('deleted'), [
      [
        'Pod deleted by garbage-collector',
        'ReplicaSet deleted by garbage-collector',
        'Deployment deleted by user',
        'author',
      ],
    ])
  })

  it('pods end with what owned them, and waits for them', async () => {
    await rollOut('web:1', 1)
    await world.remove(Deployment, 'web', { propagationPolicy: 'Foreground' })
    await world.converge()
    assert.deepEqual(await whyAll('deleted'), [
      [
        'Pod deleted by garbage-collector',
        'ReplicaSet updated: asked to go by garbage-collector',
        'Deployment updated: asked to go by user',
        'author',
      ],
    ])
  })

  it('pods end with their namespace', async () => {
    await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argo' } })
    await world.apply(web('web:1', 1).replace('name: web }', 'name: web, namespace: argo }'))
    await world.converge()
    await world.remove(Namespace, 'argo')
    await world.converge()
    assert.deepEqual(await whyAll('deleted'), [
      ['Pod deleted by namespace', 'Namespace updated: asked to go by user', 'author'],
    ])
  })

  it('pods are evicted', async () => {
    await rollOut('web:1', 1)
    const [pod] = await world.list(Pod)
    const { namespace = '', name = '' } = pod?.metadata ?? {}
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } }
    await world.cluster.createSubresource(Pod, { namespace, name }, 'eviction', eviction)
    await world.converge()
    assert.deepEqual(await whyAll('deleted'), [['Pod deleted: evicted by user', 'author']])
  })

  const nodeOfPod = async () => (await world.list(Pod))[0]?.spec?.nodeName ?? ''

  it('pods leave a node that has fallen silent', async () => {
    await rollOut('web:1', 1)
    silence(world, await nodeOfPod())
    await world.advance('10m')
    const [pod] = await world.list(Pod, { fieldSelector: 'status.phase=Running' })
    const path = 'metadata.deletionTimestamp'
    const taint = 'node.kubernetes.io/unreachable'
    const { links } = await world.why(Pod, pod?.metadata.name ?? '', { path })
    assert.deepEqual(links.map(textOf), [
      'Pod updated: asked to go by taint-eviction',
      `Node updated: tainted ${taint}:NoSchedule and ${taint}:NoExecute by node-lifecycle`,
      'Lease updated by system:nodes',
    ])
  })

  it('pods go with their node', async () => {
    await rollOut('web:1', 1)
    const node = await nodeOfPod()
    silence(world, node)
    await world.remove(Node, node)
    await world.advance('2m')
    assert.deepEqual(await whyAll('deleted'), [
      ['Pod deleted by pod-garbage-collector', 'Node deleted by user', 'author'],
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

  it('is not known of what never was', async () => {
    await assert.rejects(world.why(Pod, 'never'), /there never was a Pod never in the namespace/)
  })
})
