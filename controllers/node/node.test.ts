import assert from 'node:assert/strict'
import type { Node as NodeObject, Pod as PodObject } from '../../api/types.ts'
import { microTime, time } from '../../ports/clock.ts'
import { startWorld, type World } from '../../world/index.ts'
import { type Controller, Event, Lease, Node, Pod } from '../framework/index.ts'
import { podGcController } from '../podgc/index.ts'
import { CidrError, cidrRange } from './cidr.ts'
import { nodeLifecycleController, podCidrController, taintEvictionController } from './index.ts'
import { evictionTime, notReady, unreachable, wantedTaints } from './taints.ts'

let world: World | undefined

/** Controllers of nodes on the real server, and nodes that are nothing but what the test says of them. */
async function setUp(...controllers: Controller[]) {
  const here = await startWorld({ builtIn: false, nodes: 0, controllers })
  world = here
  const { cluster, advance } = { cluster: here.cluster, advance: here.advance.bind(here) }
  const join = async (name: string) => {
    const now = time(here.now)
    const ready = { type: 'Ready', status: 'True', lastHeartbeatTime: now, lastTransitionTime: now }
    await cluster.create(Lease, {
      metadata: { namespace: 'kube-node-lease', name },
      spec: { holderIdentity: name, renewTime: microTime(here.now) },
    })
    return cluster.create(Node, { metadata: { name }, status: { conditions: [ready] } })
  }
  const renew = (name: string) =>
    cluster.patch(
      Lease,
      { namespace: 'kube-node-lease', name },
      { type: 'merge', body: { spec: { renewTime: microTime(here.now) } } },
    )
  const report = (name: string, status: object) =>
    cluster.patch(
      Pod,
      { namespace: 'default', name },
      { type: 'merge', body: { status } },
      { subresource: 'status' },
    )
  const place = async (name: string, nodeName: string, spec: Partial<PodObject['spec']> = {}) => {
    await cluster.create(Pod, {
      metadata: { namespace: 'default', name },
      spec: { nodeName, containers: [{ name: 'main', image: 'main' }], ...spec },
    })
    return report(name, {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
    })
  }
  const pod = (name: string) => cluster.get(Pod, { namespace: 'default', name })
  return {
    world: here,
    cluster,
    advance,
    join,
    renew,
    report,
    place,
    pod,
    node: (name: string) => here.get(Node, name),
    errors: here.problems,
    /** There, and not told to go: without a node agent it never does. */
    stays: async (name: string) => {
      const found = await pod(name)
      return found !== undefined && found.metadata.deletionTimestamp === undefined
    },
  }
}

afterEach(() => world?.close())

const taintsOf = ({ spec }: NodeObject) =>
  (spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).sort()
const readyOf = ({ status }: { status?: { conditions?: { type: string; status: string }[] } }) =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.status

describe('ranges of pod addresses', () => {
  it('are cut in order', () => {
    const range = cidrRange('10.244.0.0/16', 24)
    assert.equal(range.size, 256)
    assert.deepEqual([range.part(0), range.part(255)], ['10.244.0.0/24', '10.244.255.0/24'])
    assert.deepEqual(
      ['10.244.7.0/24', '10.244.7.9/32', '10.245.0.0/24'].map((cidr) => range.indexOf(cidr)),
      [7, 7, undefined],
    )
    assert.equal(cidrRange('fd00:10::/56', 64).part(3), 'fd00:10:0:3::/64')
    assert.throws(() => cidrRange('10.244.0.0/24', 16), CidrError)
    assert.throws(() => cidrRange('nonsense', 24), /not a range of addresses/)
  })

  it('go to every node once, also when many come together, and are free again afterwards', async () => {
    const { world, advance, cluster, errors, join, node } = await setUp(
      podCidrController({ clusterCidr: '10.244.0.0/22', maskSize: 24 }),
    )
    const cut = world.cut(Node)
    await Promise.all(['a', 'b', 'c', 'd'].map(join))
    await cut.heal()
    await advance(1_000)
    const cidrs = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name) => (await node(name)).spec?.podCIDR),
    )
    assert.deepEqual([...cidrs].sort(), [
      '10.244.0.0/24',
      '10.244.1.0/24',
      '10.244.2.0/24',
      '10.244.3.0/24',
    ])
    await join('e')
    await advance(1_000)
    assert.equal((await node('e')).spec?.podCIDR, undefined)
    const { items } = await cluster.list(Event)
    assert.deepEqual(
      items.map(({ reason }) => reason),
      ['CIDRNotAvailable'],
    )
    const freed = (await node('b')).spec?.podCIDR
    await cluster.remove(Node, { name: 'b' })
    await advance(30_000)
    assert.equal((await node('e')).spec?.podCIDR, freed)
    assert.deepEqual(errors, [])
  })
})

describe('node lifecycle', () => {
  it('believes a node as long as it renews its lease, and 40 seconds longer', async () => {
    const { advance, errors, join, renew, place, node, pod } = await setUp(
      nodeLifecycleController(),
    )
    await join('silent')
    await join('alive')
    await place('p', 'silent')
    await place('q', 'alive')
    for (let second = 0; second < 90; second += 10) {
      await advance(10_000)
      await renew('alive')
      if (second < 50) await renew('silent')
    }
    // The last renewal of `silent` was at 50 s.
    assert.equal(readyOf((await pod('q'))!), 'True')
    assert.deepEqual(taintsOf(await node('alive')), [])
    const silent = await node('silent')
    const ready = silent.status?.conditions?.find(({ type }) => type === 'Ready')
    assert.deepEqual(
      [ready?.status, ready?.reason, ready?.lastTransitionTime],
      ['Unknown', 'NodeStatusUnknown', '2026-01-01T00:01:30Z'],
    )
    assert.deepEqual(taintsOf(silent), [`${unreachable}:NoExecute`, `${unreachable}:NoSchedule`])
    assert.equal(readyOf((await pod('p'))!), 'False')
    assert.deepEqual(errors, [])
  })

  it('takes its taints away again when the node is back', async () => {
    const { world, advance, cluster, join, renew, node } = await setUp(nodeLifecycleController())
    await join('a')
    await join('b')
    for (let second = 0; second < 60; second += 10) {
      await advance(10_000)
      await renew('b')
    }
    assert.equal((await node('a')).spec?.taints?.length, 2)
    const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: time(world.now) }]
    await cluster.patch(
      Node,
      { name: 'a' },
      { type: 'merge', body: { status: { conditions } } },
      { subresource: 'status' },
    )
    await advance(0)
    assert.deepEqual(taintsOf(await node('a')), [])
  })

  it('says that a pod is not ready which is seen only when its node is silent already', async () => {
    const { advance, errors, join, place, pod } = await setUp(nodeLifecycleController())
    await join('silent')
    await advance(50_000)
    await place('p', 'silent')
    await advance(0)
    assert.equal(readyOf((await pod('p'))!), 'False')
    assert.deepEqual(errors, [])
  })

  it('makes pods leave a silent node when another has become ready after all', async () => {
    const { advance, join, node } = await setUp(nodeLifecycleController())
    await join('silent')
    await advance(50_000)
    assert.deepEqual(taintsOf(await node('silent')), [`${unreachable}:NoSchedule`])
    await join('alive')
    await advance(5_000)
    assert.ok(taintsOf(await node('silent')).includes(`${unreachable}:NoExecute`))
  })

  it('makes no pod leave when no node at all is ready: then it is rather us who are cut off', () => {
    const node: NodeObject = {
      metadata: { name: 'a' },
      spec: { taints: [{ key: 'others', effect: 'NoExecute' }], unschedulable: true },
      status: { conditions: [{ type: 'Ready', status: 'False' }] },
    }
    const keys = (evict: boolean) =>
      wantedTaints(node, evict, 'now').map(({ key, effect }) => `${key}:${effect}`)
    assert.deepEqual(keys(false), [
      'others:NoExecute',
      `${notReady}:NoSchedule`,
      'node.kubernetes.io/unschedulable:NoSchedule',
    ])
    assert.ok(keys(true).includes(`${notReady}:NoExecute`))
  })
})

describe('eviction by taints', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' }
  const start = Date.parse(taint.timeAdded)

  it('takes the shortest time that the tolerations give', () => {
    const at = (...tolerations: object[]) => evictionTime(tolerations, [taint], start + 5)
    assert.equal(at(), start + 5)
    assert.equal(at({ key: 'k', operator: 'Exists' }), Number.POSITIVE_INFINITY)
    assert.equal(at({ operator: 'Exists' }), Number.POSITIVE_INFINITY)
    assert.equal(at({ key: 'k', value: 'v', tolerationSeconds: 10 }), start + 10_000)
    assert.equal(at({ key: 'k', value: 'another' }), start + 5)
    assert.equal(at({ key: 'k', operator: 'Exists', effect: 'NoSchedule' }), start + 5)
    assert.equal(
      at(
        { key: 'k', operator: 'Exists', tolerationSeconds: 10 },
        { operator: 'Exists', tolerationSeconds: 3 },
      ),
      start + 3_000,
    )
  })

  it('deletes pods exactly when they bear the taint no longer, and says why', async () => {
    const { world, advance, cluster, errors, join, place, stays } = await setUp(
      taintEvictionController(),
    )
    await join('a')
    await place('at-once', 'a')
    await place('later', 'a', {
      tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
    })
    await place('never', 'a', { tolerations: [{ operator: 'Exists' }] })
    await advance(0)
    const timeAdded = time(world.now)
    const taints = [{ key: 'k', effect: 'NoExecute', timeAdded }]
    await cluster.patch(Node, { name: 'a' }, { type: 'merge', body: { spec: { taints } } })
    await advance(0)
    assert.equal(await stays('at-once'), false)
    await advance(299_999)
    assert.ok(await stays('later'))
    await advance(1)
    assert.equal(await stays('later'), false)
    const { items } = await cluster.list(Event)
    assert.deepEqual(
      items.map(({ reason }) => reason),
      ['TaintManagerEviction', 'TaintManagerEviction'],
    )
    await advance(10_000_000)
    assert.ok(await stays('never'))
    assert.deepEqual(errors, [])
  })

  it('counts from when it first saw a taint that people have set without a time', async () => {
    const { advance, cluster, join, place, stays } = await setUp(taintEvictionController())
    await join('a')
    await place('p', 'a', {
      tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
    })
    const taints = [{ key: 'k', effect: 'NoExecute' }]
    const taint = (spec: object) =>
      cluster.patch(Node, { name: 'a' }, { type: 'merge', body: { spec } })
    await taint({ taints })
    await advance(30_000)
    await taint({ taints: null })
    await advance(1000)
    await taint({ taints })
    await advance(59_000)
    assert.ok(await stays('p'), 'it begins anew when the taint does')
    await advance(2_000)
    assert.equal(await stays('p'), false)
  })

  it('spares pods whose node lost the taint in time', async () => {
    const { world, advance, cluster, join, place, stays } = await setUp(taintEvictionController())
    await join('a')
    await place('p', 'a', {
      tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
    })
    const taints = [{ key: 'k', effect: 'NoExecute', timeAdded: time(world.now) }]
    await cluster.patch(Node, { name: 'a' }, { type: 'merge', body: { spec: { taints } } })
    await advance(59_000)
    world.cut(Node)
    await cluster.patch(Node, { name: 'a' }, { type: 'merge', body: { spec: { taints: null } } })
    await advance(100_000)
    assert.ok(await stays('p'), 'though nobody has heard of it yet')
  })
})

describe('pod garbage collection', () => {
  it('removes the pods of a node that has been missing for 40 seconds', async () => {
    const { advance, cluster, errors, join, place, pod } = await setUp(podGcController())
    await join('a')
    await join('b')
    await place('p', 'a')
    await place('q', 'b')
    await advance(100_000)
    await cluster.remove(Node, { name: 'a' })
    await advance(39_999)
    assert.ok(await pod('p'))
    await advance(1)
    assert.equal(await pod('p'), undefined)
    assert.ok(await pod('q'))
    assert.deepEqual(errors, [])
  })

  it('removes pods that are to go and have no node to say goodbye to', async () => {
    const { advance, world, pod } = await setUp(podGcController())
    await world.cluster.create(Pod, {
      metadata: { namespace: 'default', name: 'p', finalizers: ['example.com/wait'] },
      spec: { containers: [{ name: 'main', image: 'main' }] },
    })
    let removals = 0
    world.inject(({ verb, ref }) => {
      if (verb === 'remove' && ref?.name === 'p') removals++
      return undefined
    })
    await world.remove(Pod, 'p')
    await advance(0)
    assert.ok(removals > 0)
    assert.ok(await pod('p'), 'finalizers are waited for')
  })

  it('removes the pods of a node that came and went unseen', async () => {
    const { world, advance, cluster, join, place, pod } = await setUp(podGcController())
    const cut = world.cut(Node)
    await join('a')
    await place('p', 'a')
    await advance(50_000)
    assert.ok(await pod('p'))
    await cluster.remove(Node, { name: 'a' })
    await cut.heal('relist')
    await advance(40_000)
    assert.equal(await pod('p'), undefined)
  })

  it('keeps no more finished pods either that have no node', async () => {
    const { advance, cluster, report } = await setUp(podGcController({ terminatedPodThreshold: 1 }))
    const spec = { containers: [{ name: 'main', image: 'main' }] }
    for (const name of ['old', 'new']) {
      await cluster.create(Pod, { metadata: { namespace: 'default', name }, spec })
      await advance(1_000)
      await report(name, { phase: 'Succeeded' })
    }
    await advance(1_000)
    const { items } = await cluster.list(Pod)
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['new'],
    )
  })

  it('keeps no more finished pods than it may, the youngest', async () => {
    const { advance, cluster, join, place, report } = await setUp(
      podGcController({ terminatedPodThreshold: 2 }),
    )
    await join('a')
    for (const name of ['one', 'two', 'three', 'four']) {
      const { metadata } = await place(name, 'a')
      await advance(1_000)
      await report(metadata.name ?? '', { phase: 'Succeeded' })
    }
    await advance(1_000)
    const { items } = await cluster.list(Pod)
    assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), ['four', 'three'])
  })
})
