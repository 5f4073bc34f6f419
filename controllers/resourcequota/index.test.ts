import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { Pod as PodObject, ResourceQuota as QuotaObject } from '../../api/types.ts'
import {
  Pod,
  ResourceQuota,
  type RunningManager,
  Secret,
  startManager,
} from '../framework/index.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { until } from '../testing/until.ts'
import { resourceQuotaController } from './index.ts'

describe('resourcequota controller', () => {
  let server: TestServer
  let manager: RunningManager

  beforeEach(async () => {
    server = await startTestServer()
    const { cluster, clock, random } = server
    const controllers = [resourceQuotaController(cluster)]
    manager = startManager({ cluster, controllers, clock, random, component: 'test' })
    await manager.ready
  })
  afterEach(async () => {
    await manager.stop()
    await server.close()
  })

  const namespace = 'default'
  const pod = (name: string): PodObject => ({
    metadata: { namespace, name },
    spec: {
      containers: [{ name: 'c', image: 'i', resources: { requests: { memory: '64Mi' } } }],
    },
  })
  const limit = (hard: Record<string, string>) =>
    server.cluster.create(ResourceQuota, {
      metadata: { namespace, name: 'q' },
      spec: { hard },
    } as QuotaObject)
  const untilUsed = (wanted: Record<string, string>) =>
    until(server.cluster, ResourceQuota, ([quota]) =>
      isDeepStrictEqual(quota?.status?.used, wanted),
    )

  it('counts what is there already, what comes and what goes', async () => {
    const { cluster } = server
    await cluster.create(Pod, pod('first'))
    await limit({ pods: '2', 'requests.memory': '1Gi' })
    await untilUsed({ pods: '1', 'requests.memory': '64Mi' })
    await cluster.create(Pod, pod('second'))
    await untilUsed({ pods: '2', 'requests.memory': '128Mi' })
    await assert.rejects(
      cluster.create(Pod, pod('third')),
      /pods "third" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2$/,
    )
    await cluster.remove(Pod, { namespace, name: 'first' }, { gracePeriodSeconds: 0 })
    await untilUsed({ pods: '1', 'requests.memory': '64Mi' })
    await cluster.create(Pod, pod('third'))
  })

  it('counts objects of which it knows nothing else', async () => {
    await server.cluster.create(Secret, { metadata: { namespace, name: 's' } })
    await limit({ secrets: '5', 'count/secrets': '5' })
    await untilUsed({ secrets: '1', 'count/secrets': '1' })
  })
})
