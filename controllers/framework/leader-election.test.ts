import assert from 'node:assert/strict'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { ConnectionError } from './cluster.ts'
import { ConfigMap, Lease } from './kinds.ts'
import { elect, type Leadership, LeadershipLost } from './leader-election.ts'
import { MemoryCluster } from './memory-cluster.ts'

const ref = { namespace: 'kube-system', name: 'test' }

function setUp() {
  const clock = new VirtualClock()
  const random = { ...seededRandom(1), next: () => 0 }
  const down = { value: false }
  const cluster = new MemoryCluster({
    clock,
    random,
    intercept: ({ verb }) => {
      if (down.value && verb !== 'get') throw new ConnectionError('down')
    },
  })
  const stop = new AbortController()
  const stand = (identity: string) => {
    const candidate: { leadership?: Leadership; at?: number } = {}
    const electing = elect({ cluster, clock, random, signal: stop.signal, identity, ...ref })
    electing.then(
      (leadership) => {
        candidate.leadership = leadership
        candidate.at = clock.monotonic()
      },
      () => {},
    )
    return candidate
  }
  const spec = async () => (await cluster.get(Lease, ref))?.spec
  return { clock, cluster, stand, spec, down, stop }
}

describe('leader election', () => {
  it('takes a lease that nobody has, and renews it every two seconds', async () => {
    const { clock, cluster, stand, spec } = setUp()
    const a = stand('a')
    await clock.advance(0)
    assert.equal(a.at, 0)
    assert.deepEqual(await spec(), {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    })
    await clock.advance(10_000)
    assert.equal((await spec())?.renewTime, '2026-01-01T00:00:10.000000Z')
    assert.equal((await spec())?.acquireTime, '2026-01-01T00:00:00.000000Z')
    assert.equal(cluster.requests.filter((one) => one.startsWith('update')).length, 5)
    await a.leadership?.release()
  })

  it('waits for no answer once it has lost, nor for longer than it may lead', async () => {
    for (const lost of [true, false]) {
      const { clock, cluster, stand } = setUp()
      const a = stand('a')
      await clock.advance(0)
      cluster.update = () => new Promise(() => {})
      await clock.advance(lost ? 10_000 : 5_000)
      let at: number | undefined
      void a.leadership?.release().then(() => {
        at = clock.monotonic()
      })
      await clock.advance(60_000)
      assert.equal(at, 10_000)
    }
  })

  it('leaves the lease to its holder, and takes it exactly when it has run out', async () => {
    const { clock, stand, spec, cluster } = setUp()
    await cluster.create(Lease, {
      metadata: { ...ref },
      spec: { holderIdentity: 'gone', leaseDurationSeconds: 15, leaseTransitions: 4 },
    })
    const a = stand('a')
    await clock.advance(15_999)
    assert.equal(a.at, undefined)
    await clock.advance(1)
    assert.equal(a.at, 16_000, 'the first try after 15 s')
    assert.equal((await spec())?.leaseTransitions, 5)
    await a.leadership?.release()
  })

  it('hands over at once when it is released', async () => {
    const { clock, stand, spec } = setUp()
    const a = stand('a')
    await clock.advance(0)
    const b = stand('b')
    await clock.advance(3_000)
    assert.equal(b.at, undefined)
    const released = a.leadership?.release()
    await clock.advance(0)
    await released
    assert.equal((await spec())?.holderIdentity, '')
    await clock.advance(1_000)
    assert.equal(b.at, 4_000)
    await b.leadership?.release()
  })

  it('ends the right to write ten seconds after the last renewal, five before the lease', async () => {
    const { clock, stand, down } = setUp()
    const a = stand('a')
    await clock.advance(2_000)
    down.value = true
    const lost: number[] = []
    a.leadership?.signal.addEventListener('abort', () => lost.push(clock.monotonic()))
    await clock.advance(9_999)
    a.leadership?.fence()
    assert.deepEqual(lost, [])
    await clock.advance(1)
    assert.deepEqual(lost, [12_000])
    assert.throws(() => a.leadership?.fence(), LeadershipLost)
  })

  it('is fenced by the clock even when no timer has run', async () => {
    const { clock, stand } = setUp()
    const a = stand('a')
    await clock.advance(0)
    const frozen = clock.monotonic() + 10_000
    clock.monotonic = () => frozen
    assert.throws(() => a.leadership?.fence(), LeadershipLost)
    assert.ok(a.leadership?.signal.aborted)
  })

  it('loses at once when it finds another as the holder', async () => {
    const { clock, cluster, stand } = setUp()
    const a = stand('a')
    await clock.advance(0)
    const stolen = { spec: { holderIdentity: 'thief', leaseDurationSeconds: 15 } }
    await cluster.patch(Lease, ref, { type: 'merge', body: stolen })
    await clock.advance(2_000)
    assert.ok(a.leadership?.signal.aborted)
    await a.leadership?.release()
    assert.equal((await cluster.get(Lease, ref))?.spec?.holderIdentity, 'thief')
  })

  it('lets exactly one of many lead at any time', async () => {
    const { clock, stand } = setUp()
    const candidates = ['a', 'b', 'c', 'd'].map(stand)
    for (let second = 0; second < 60; second++) {
      await clock.advance(1_000)
      const leading = candidates.filter(
        ({ leadership }) => leadership && !leadership.signal.aborted,
      )
      assert.equal(leading.length, 1)
    }
    for (const { leadership } of candidates) await leadership?.release()
  })

  it('stops trying when it is told so', async () => {
    const { clock, cluster, stand, stop } = setUp()
    const a = stand('a')
    await clock.advance(0)
    const b = stand('b')
    await clock.advance(0)
    stop.abort(new Error('stopped'))
    await a.leadership?.release()
    await clock.advance(60_000)
    assert.equal(b.leadership, undefined)
    assert.equal(clock.next(), undefined)
    assert.equal((await cluster.list(ConfigMap)).items.length, 0)
  })
})
