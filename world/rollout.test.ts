import assert from 'node:assert/strict'
import {
  Deployment,
  EndpointSlice,
  Pod,
  ReplicaSet,
  Service,
} from '../controllers/framework/index.ts'
import { startWorld, type World } from './index.ts'

const web = (image: string, replicas = 3) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  progressDeadlineSeconds: 120
  selector: { matchLabels: { app: web } }
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: main, image: "${image}" }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`

describe('a Deployment in a World', () => {
  let world: World
  beforeEach(async () => {
    world = await startWorld()
    await world.apply(web('web:1'))
    await world.converge()
  })
  afterEach(() => world.close())

  const images = async () =>
    (await world.list(Pod)).map(({ spec }) => spec?.containers[0]?.image).sort()
  const condition = async (type: string) =>
    (await world.get(Deployment, 'web')).status?.conditions?.find((one) => one.type === type)

  it('is rolled out without ever having fewer pods ready than wanted', async () => {
    const ready: number[] = []
    world.follow(({ kind, after }) => {
      if (kind.kind === 'Deployment' && after)
        ready.push((after as Deployment).status?.availableReplicas ?? 0)
    })
    await world.apply(web('web:2'))
    await world.converge()
    assert.deepEqual(await images(), ['web:2', 'web:2', 'web:2'])
    assert.ok(Math.min(...ready) >= 3, `${ready}`)
    const [slice] = await world.list(EndpointSlice, {
      labelSelector: 'kubernetes.io/service-name=web',
    })
    assert.equal(slice?.endpoints?.length, 3)
    assert.equal((await world.get(Service, 'web')).spec?.clusterIP?.startsWith('10.96.'), true)
  })

  it('is stuck where an image does not exist, says so after its deadline, and is taken back', async () => {
    await world.apply(web('web.invalid/none:2'))
    await world.advance('119s')
    assert.equal((await condition('Progressing'))?.status, 'True')
    await world.advance('2s')
    assert.equal((await condition('Progressing'))?.reason, 'ProgressDeadlineExceeded')
    assert.equal((await world.get(Deployment, 'web')).status?.availableReplicas, 3)
    await world.apply(web('web:1'))
    await world.converge()
    assert.deepEqual(await images(), ['web:1', 'web:1', 'web:1'])
    assert.equal((await condition('Progressing'))?.reason, 'NewReplicaSetAvailable')
    const sets = await world.list(ReplicaSet)
    assert.deepEqual(sets.map(({ spec }) => spec?.replicas).sort(), [0, 3])
  })

  it('is complete though the controllers crash after every seventh write', async () => {
    let crashes = 0
    world.inject(({ process, verb }) =>
      process === 'built-in' &&
      verb !== 'get' &&
      verb !== 'list' &&
      verb !== 'watch' &&
      ++crashes % 7 === 0
        ? { type: 'crash', applied: true }
        : undefined,
    )
    await world.apply(web('web:2', 5))
    await world.converge()
    assert.deepEqual(await images(), Array(5).fill('web:2'))
    assert.ok(crashes > 14, `${crashes}`)
  })

  it('takes its pods with it when it is deleted', async () => {
    await world.remove(Deployment, 'web')
    await world.converge()
    assert.deepEqual([await world.list(ReplicaSet), await images()], [[], []])
  })

  it('survives a node that dies: its pods are made elsewhere', async () => {
    await world.close()
    world = await startWorld({ nodes: 2 })
    await world.apply(web('web:1'))
    await world.converge()
    world.inject(({ process, ref, kind, verb, body }) => {
      const about = ref?.name === 'node-0' || JSON.stringify(body ?? '').includes('node-0')
      return process === 'nodes' && verb !== 'watch' && about && kind?.kind !== 'Pod'
        ? { type: 'lose', applied: false }
        : undefined
    })
    await world.advance('10m')
    const running = (await world.list(Pod)).filter(({ metadata }) => !metadata.deletionTimestamp)
    assert.deepEqual(
      running.map(({ spec }) => spec?.nodeName),
      ['node-1', 'node-1', 'node-1'],
    )
  })
})
