import assert from 'node:assert/strict'
import type { ServiceCIDR as RangeObject } from '../../api/types.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { type RunningManager, Service, startManager } from '../framework/index.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { until } from '../testing/until.ts'
import { ServiceCIDR, serviceCidrController } from './index.ts'

const readiness = (range: RangeObject | undefined) => {
  const { status, reason } = range?.status?.conditions?.find(({ type }) => type === 'Ready') ?? {}
  return `${status} ${reason}`
}

describe('ranges of services', () => {
  const clock = new VirtualClock()
  let server: TestServer
  let manager: RunningManager

  beforeEach(async () => {
    server = await startTestServer({ clock })
    const { cluster } = server
    const controllers = [serviceCidrController]
    const random = seededRandom(1)
    manager = startManager({ cluster, controllers, clock, random, component: 'test' })
    await manager.ready
  })
  afterEach(async () => {
    await manager.stop()
    await server.close()
  })

  const named = (name: string, holds: (range: RangeObject | undefined) => boolean) =>
    until(server.cluster, ServiceCIDR, (all) =>
      holds(all.find(({ metadata }) => metadata.name === name)),
    )
  const make = (name: string, cidr: string) =>
    server.cluster.create(ServiceCIDR, { metadata: { name }, spec: { cidrs: [cidr] } })
  const isReady = (range: RangeObject | undefined) => readiness(range) === 'True '

  it('are said to be ready, and kept', async () => {
    await make('more', '10.97.0.0/24')
    const [, more] = await named('more', isReady)
    assert.deepEqual(more?.metadata.finalizers, ['networking.k8s.io/service-cidr-finalizer'])
  })

  it('stay while addresses would be lost, and go a while after the last one has', async () => {
    const { cluster } = server
    await make('more', '10.97.0.0/24')
    await named('more', isReady)
    const ref = { namespace: 'default', name: 'web' }
    const spec = { clusterIP: '10.97.0.7', ports: [{ port: 80 }] }
    await cluster.create(Service, { metadata: ref, spec })
    await cluster.remove(ServiceCIDR, { name: 'more' })
    await named('more', (range) => readiness(range) === 'False Terminating')
    await cluster.remove(Service, ref)
    const gone = named('more', (range) => range === undefined)
    await clock.advance(60_000)
    await gone
  })

  it('go at once where another has their addresses', async () => {
    const { cluster } = server
    await make('more', '10.96.7.0/24')
    await named('more', isReady)
    const spec = { clusterIP: '10.96.7.7', ports: [{ port: 80 }] }
    await cluster.create(Service, { metadata: { namespace: 'default', name: 'web' }, spec })
    await cluster.remove(ServiceCIDR, { name: 'more' })
    const gone = named('more', (range) => range === undefined)
    await clock.advance(10_000)
    await gone
  })
})
