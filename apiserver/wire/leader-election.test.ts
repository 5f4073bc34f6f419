import assert from 'node:assert/strict'
import { CoordinationV1Api, KubeConfig } from '@kubernetes/client-node'
import { kubeconfigOf } from './kubectl.ts'
import { LeaseCandidate } from './lease-candidate.ts'
import { startWireServer, type WireServer } from './wire.ts'

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'

describe("wire: leader election over the published client's Leases", () => {
  let wire: WireServer
  let config: KubeConfig
  let lease: string
  let count = 0

  before(async () => {
    wire = await startWireServer()
    config = new KubeConfig()
    config.loadFromString(JSON.stringify(kubeconfigOf(wire)))
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })
  beforeEach(() => {
    lease = `lease-${count++}`
  })

  const candidate = (identity: string) => new LeaseCandidate(config, lease, identity)
  const start = Date.UTC(2026, 0, 1)
  const spec = async () => (await wire.ask('GET', `${leases}/${lease}`)).json.spec

  it('has one leader, whose times come back to the microsecond', async () => {
    const [first, second] = [candidate('first'), candidate('second')]
    assert.equal(await first.round(start), true)
    assert.equal(await second.round(start + 1), false)
    assert.equal(await first.round(start + 2_000), true)
    assert.deepEqual(await spec(), {
      holderIdentity: 'first',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:02.000000Z',
      leaseTransitions: 0,
    })
  })

  it('lets one win of many that come at once', async () => {
    const all = Array.from({ length: 8 }, (_, index) => candidate(`c${index}`))
    const won = await Promise.all(all.map((one) => one.round(start)))
    assert.equal(won.filter(Boolean).length, 1)
  })

  it('hands over when the leader falls silent for the length of the lease, and lets one take it', async () => {
    const [first, second, third] = [candidate('first'), candidate('second'), candidate('third')]
    await first.round(start)
    const others = (now: number) => Promise.all([second.round(now), third.round(now)])
    assert.deepEqual(await others(start), [false, false])
    assert.deepEqual(await others(start + 14_999), [false, false])
    const won = await others(start + 15_000)
    assert.equal(won.filter(Boolean).length, 1)
    const { holderIdentity, leaseTransitions } = await spec()
    assert.equal(holderIdentity, won[0] ? 'second' : 'third')
    assert.equal(leaseTransitions, 1)
    assert.equal(await first.round(start + 15_001), false, 'who was silent leads no more')
  })

  it('hands over at once when the leader leaves', async () => {
    const [first, second] = [candidate('first'), candidate('second')]
    await first.round(start)
    assert.equal(await second.round(start + 1), false)
    await first.release(start + 2)
    assert.equal((await spec()).holderIdentity, '')
    assert.equal(await second.round(start + 3), true)
    assert.equal((await spec()).leaseTransitions, 1)
  })

  it('refuses a renewal without the version that was read', async () => {
    await candidate('first').round(start)
    const api = config.makeApiClient(CoordinationV1Api)
    const blind = { metadata: { name: lease }, spec: { holderIdentity: 'thief' } }
    await assert.rejects(
      api.replaceNamespacedLease({ namespace: 'default', name: lease, body: blind }),
      (error: { code: number; body: string }) =>
        error.code === 422 && /metadata.resourceVersion: .*must be specified/.test(error.body),
    )
  })
})
