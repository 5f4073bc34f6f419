import assert from 'node:assert/strict'
import type { PersistentVolumeClaim as ClaimObject } from '../../api/types.ts'
import {
  PersistentVolumeClaim,
  Pod,
  type RunningManager,
  startManager,
} from '../framework/index.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { until } from '../testing/until.ts'
import { claimProtection, volumeProtection } from './index.ts'

describe('volume protection', () => {
  let server: TestServer
  let manager: RunningManager

  beforeEach(async () => {
    server = await startTestServer()
    const { cluster, clock, random } = server
    const controllers = [claimProtection, volumeProtection]
    manager = startManager({ cluster, controllers, clock, random, component: 'test' })
    await manager.ready
  })
  afterEach(async () => {
    await manager.stop()
    await server.close()
  })

  it('keeps a claim until no pod uses it', async () => {
    const { cluster } = server
    const ref = { namespace: 'default', name: 'data' }
    await cluster.create(PersistentVolumeClaim, {
      metadata: ref,
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    } as ClaimObject)
    await cluster.create(Pod, {
      metadata: { namespace: 'default', name: 'user' },
      spec: {
        containers: [{ name: 'c', image: 'i' }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
      },
    })
    await cluster.remove(PersistentVolumeClaim, ref)
    const kept = await cluster.get(PersistentVolumeClaim, ref)
    assert.deepEqual(kept?.metadata.finalizers, ['kubernetes.io/pvc-protection'])
    const user = { namespace: 'default', name: 'user' }
    await cluster.remove(Pod, user, { gracePeriodSeconds: 0 })
    await until(cluster, PersistentVolumeClaim, (claims) => claims.length === 0)
  })
})
