import assert from 'node:assert/strict'
import type { Deployment as DeploymentObject, Pod as PodObject } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import { deploymentController } from '../deployment/index.ts'
import {
  Deployment,
  Event,
  Node,
  Pod,
  ReplicaSet,
  type RunningManager,
  startManager,
} from '../framework/index.ts'
import { replicaSetController } from '../replicaset/index.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { until } from '../testing/until.ts'
import { type RunningScheduler, startScheduler } from './index.ts'
import { nodeOf } from './lab.ts'

const available = (wanted: number) => (all: DeploymentObject[]) =>
  all.some(
    ({ metadata, status }) =>
      status?.availableReplicas === wanted &&
      status.updatedReplicas === wanted &&
      status.replicas === wanted &&
      status.observedGeneration === metadata.generation,
  )

describe('deployments, replica sets and scheduler on the API server', function () {
  this.timeout(30_000)
  let server: TestServer
  let manager: RunningManager
  let scheduler: RunningScheduler
  let stop: AbortController
  let errors: unknown[]
  /** Pods are ready as soon as they have a node, unless their image is broken. */
  let kubelet: { unsubscribe(): void }

  beforeEach(async () => {
    errors = []
    server = await startTestServer()
    const { cluster, clock, random } = server
    stop = new AbortController()
    manager = startManager({
      cluster,
      controllers: [deploymentController, replicaSetController],
      clock,
      random,
      component: 'test',
    })
    manager.reconciles$.subscribe(({ error }) => {
      if (error !== undefined) errors.push(error)
    })
    scheduler = startScheduler({ cluster, clock, random, signal: stop.signal })
    kubelet = cluster.watch(Pod).subscribe((event) => {
      if (event.type === 'BOOKMARK' || event.type === 'DELETED') return
      run(event.object).catch((error: unknown) => errors.push(error))
    })
    await Promise.all([manager.ready, scheduler.ready])
  })
  afterEach(async () => {
    kubelet.unsubscribe()
    stop.abort(new Error('the test is over'))
    await manager.stop()
    await scheduler.done
    await server.close()
  })

  async function run({ metadata, spec, status }: PodObject): Promise<void> {
    const { namespace = '', name = '', uid, deletionTimestamp } = metadata
    const ref = { namespace, name }
    if (deletionTimestamp)
      return server.cluster
        .remove(Pod, ref, { gracePeriodSeconds: 0, ...(uid ? { uid } : {}) })
        .catch(() => {})
    if (!spec?.nodeName || status?.phase !== 'Pending' || status.containerStatuses) return
    const broken = spec.containers[0]?.image === 'nope:1'
    const body = { status: broken ? cannotPull : running(time(server.clock.now())) }
    await server.cluster.patch(Pod, ref, { type: 'merge', body }, { subresource: 'status' })
  }

  const container = { name: 'app', image: 'i', imageID: '', restartCount: 0 }
  const cannotPull = {
    phase: 'Pending',
    containerStatuses: [
      { ...container, ready: false, state: { waiting: { reason: 'ErrImagePull', message: 'no' } } },
    ],
  }
  const running = (now: string) => ({
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }],
    containerStatuses: [{ ...container, ready: true, state: { running: { startedAt: now } } }],
  })

  const addNodes = async (count: number) => {
    for (let at = 0; at < count; at++) {
      const node = nodeOf(`node-${at}`)
      await server.cluster.create(Node, node)
      const { status } = node
      // New nodes are tainted until they are ready.
      await server.cluster.patch(
        Node,
        { name: `node-${at}` },
        { type: 'merge', body: { spec: { taints: null } } },
      )
      await server.cluster.patch(
        Node,
        { name: `node-${at}` },
        { type: 'merge', body: { status } },
        { subresource: 'status' },
      )
    }
  }
  const deployment = (replicas: number): DeploymentObject => ({
    metadata: { namespace: 'default', name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [{ name: 'app', image: 'web:1', resources: { requests: { cpu: '10m' } } }],
        },
      },
    },
  })
  const patch = (spec: object) =>
    server.cluster.patch(
      Deployment,
      { namespace: 'default', name: 'web' },
      { type: 'strategic', body: { spec } },
    )
  const setImage = (image: string) =>
    patch({ template: { spec: { containers: [{ name: 'app', image }] } } })
  const condition = ({ status }: DeploymentObject, type: string) =>
    status?.conditions?.find((each) => each.type === type)

  it('brings a deployment from nothing to available, through a new image and back', async () => {
    const { cluster } = server
    await addNodes(3)
    await cluster.create(Deployment, deployment(6))
    const [first] = await until(cluster, Deployment, available(6))
    assert.equal(first?.metadata.generation, 1)
    await setImage('web:2')
    await until(cluster, Deployment, available(6))
    await setImage('web:1')
    const [found] = await until(
      cluster,
      Deployment,
      (all) =>
        available(6)(all) &&
        all[0]?.metadata.annotations?.['deployment.kubernetes.io/revision'] === '3',
    )
    assert.equal(condition(found!, 'Progressing')?.reason, 'NewReplicaSetAvailable')
    const { items } = await cluster.list(ReplicaSet)
    assert.deepEqual(items.map(({ spec }) => spec?.replicas).sort(), [0, 6])
    const pods = (await cluster.list(Pod)).items
    const perNode = pods.map(({ spec }) => spec?.nodeName).sort()
    assert.deepEqual(new Set(perNode), new Set(['node-0', 'node-1', 'node-2']))
    assert.deepEqual(errors.map(String), [])
  })

  it('shows in the condition which pod cannot pull which image', async () => {
    const { cluster } = server
    await addNodes(1)
    await cluster.create(Deployment, deployment(2))
    await until(cluster, Deployment, available(2))
    await setImage('nope:1')
    const text =
      /^ReplicaSet "web-\w+" is progressing\. Pod "web-\w+-\w+", container "app": image "nope:1" cannot be pulled \(ErrImagePull\/ImagePullBackOff\)\.$/
    await until(cluster, Deployment, ([found]) =>
      text.test(condition(found!, 'Progressing')?.message ?? ''),
    )
    await until(cluster, Event, (all) => all.some(({ reason }) => reason === 'RolloutStuck'))
  })

  it('shows in the condition why pods find no node, and goes on when one comes', async () => {
    const { cluster } = server
    await cluster.create(Deployment, deployment(2))
    await until(
      cluster,
      Deployment,
      ([found]) =>
        condition(found!, 'Progressing')?.message?.includes(
          'cannot be scheduled: no nodes available to schedule pods',
        ) === true,
    )
    await addNodes(1)
    await until(cluster, Deployment, available(2))
  })

  it('brings five hundred pods to a hundred nodes, evenly', async function () {
    this.timeout(60_000)
    const { cluster } = server
    await addNodes(100)
    await cluster.create(Deployment, deployment(500))
    await until(cluster, Deployment, available(500))
    const perNode = new Map<string, number>()
    for (const { spec } of (await cluster.list(Pod)).items)
      perNode.set(spec?.nodeName ?? '', (perNode.get(spec?.nodeName ?? '') ?? 0) + 1)
    assert.deepEqual([...new Set(perNode.values())], [5])
  })
})
