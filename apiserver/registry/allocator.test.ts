import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { type Allocation, defineResource } from '../resources/resource.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { Allocator } from './allocator.ts'
import { addressPool, candidates, portPool } from './pool.ts'

interface Holder extends KubernetesObject {
  address?: string
}

/** Holds one address. */
const holders = defineResource<Holder>({
  group: '',
  version: 'v1',
  kind: 'Holder',
  plural: 'holders',
  singular: 'holder',
  namespaced: false,
  schema: '',
  strategy: {},
  subresources: [],
  columns: [],
  allocations: (holder, old): Allocation[] =>
    holder.address !== undefined && holder.address === old?.address
      ? []
      : [
          {
            pool: 'clusterip',
            ...(holder.address && { wanted: holder.address }),
            field: 'address',
            set(value) {
              holder.address = value
            },
          },
        ],
  allocated: ({ address }) => (address ? [{ pool: 'clusterip', value: address }] : []),
})
const holder = (uid: string, address?: string): Holder => ({
  metadata: { name: uid, uid },
  ...(address && { address }),
})

describe('allocator', () => {
  let storage: Storage
  let clock: VirtualClock
  let seed = 1
  const server = (range = '10.0.0.0/28') =>
    new Allocator({ storage, clock, random: seededRandom(seed++), pools: [addressPool(range)] })
  const taken = async () =>
    (await storage.range('/allocations/')).entries.map(({ key }) => key.split('/').at(-1))

  beforeEach(async () => {
    storage = await openSqlite({ file: ':memory:' })
    clock = new VirtualClock()
  })
  afterEach(() => storage.close())

  it('gives every value once, whichever server is asked, until none is left', async () => {
    const servers = [server(), server(), server()]
    const all = Array.from({ length: 14 }, (_, index) => holder(`h${index}`))
    await Promise.all(
      all.map((one, index) => servers[index % 3]!.reserve(holders, one, undefined, false)),
    )
    assert.equal(new Set(all.map(({ address }) => address)).size, 14)
    await assert.rejects(server().reserve(holders, holder('one-more'), undefined, false), {
      code: 500,
      message: 'Internal error occurred: failed to allocate a serviceIP: range is full',
    })
  })

  it('gives back what the write did not need after all', async () => {
    const reservation = await server().reserve(holders, holder('a', '10.0.0.5'), undefined, false)
    assert.deepEqual(await taken(), ['10.0.0.5'])
    await reservation.rollBack()
    assert.deepEqual(await taken(), [])
  })

  it('refuses what another holds or the range does not have', async () => {
    await server().reserve(holders, holder('a', '10.0.0.5'), undefined, false)
    await assert.rejects(server().reserve(holders, holder('b', '10.0.0.5'), undefined, false), {
      code: 422,
      message: /Invalid value: "10.0.0.5": failed to allocate IP 10.0.0.5: provided IP is already/,
    })
    for (const address of ['10.0.0.0', '10.0.0.15', '10.0.1.1', 'x', '10.0.0.05'])
      await assert.rejects(server().reserve(holders, holder('b', address), undefined, false), {
        code: 422,
      })
    assert.deepEqual(await taken(), ['10.0.0.5'])
  })

  it('takes up what a try that died half-way has left for the same name', async () => {
    await server().reserve(holders, holder('a', '10.0.0.5'), undefined, false)
    const again = { metadata: { name: 'a', uid: 'another' }, address: '10.0.0.5' }
    const reservation = await server().reserve(holders, again, undefined, false)
    // The other try may live after all.
    await reservation.rollBack()
    assert.deepEqual(await taken(), ['10.0.0.5'])
    await assert.rejects(server().reserve(holders, holder('b', '10.0.0.5'), undefined, false))
    await server().releaseUnused(holders, again)
    assert.deepEqual(await taken(), [])
  })

  it('only looks in a dry run', async () => {
    const one = holder('a')
    await server().reserve(holders, one, undefined, true)
    assert.ok(one.address)
    assert.deepEqual(await taken(), [])
  })

  it('releases what is no longer held, and never what another holds by now', async () => {
    const allocator = server()
    const old = holder('a', '10.0.0.5')
    await allocator.reserve(holders, old, undefined, false)
    await allocator.releaseUnused(holders, old, holder('a', '10.0.0.5'))
    assert.deepEqual(await taken(), ['10.0.0.5'])
    await allocator.releaseUnused(holders, old)
    await allocator.reserve(holders, holder('b', '10.0.0.5'), undefined, false)
    await allocator.releaseUnused(holders, old)
    assert.deepEqual(await taken(), ['10.0.0.5'])
  })

  it('leaves a value that belongs to one object to that one, however often it is made', async () => {
    const fixed = { pool: 'clusterip', value: '10.0.0.1', namespace: 'n', name: 'owner' } as const
    const pools = [addressPool('10.0.0.0/30')]
    const allocator = new Allocator({ storage, clock, random: seededRandom(1), pools, fixed })
    const owner = { metadata: { namespace: 'n', name: 'owner', uid: 'x' }, address: '10.0.0.1' }
    await allocator.reserve(holders, owner, undefined, false)
    await allocator.reserve(holders, owner, undefined, false)
    const other = holder('other')
    await allocator.reserve(holders, other, undefined, false)
    assert.equal(other.address, '10.0.0.2')
    await assert.rejects(allocator.reserve(holders, holder('thief', '10.0.0.1'), undefined, false))
  })

  it('repairs: takes what is held without a key, gives back old leaks and no young ones', async () => {
    const allocator = server()
    await allocator.reserve(holders, holder('lost', '10.0.0.7'), undefined, false)
    await clock.advance(61_000)
    await allocator.reserve(holders, holder('coming', '10.0.0.8'), undefined, false)
    await allocator.repair(holders, async () => [holder('stored', '10.0.0.9')])
    assert.deepEqual(await taken(), ['10.0.0.8', '10.0.0.9'])
    await allocator.releaseUnused(holders, holder('stored', '10.0.0.9'))
    assert.deepEqual(await taken(), ['10.0.0.8'])
  })
})

describe('pools', () => {
  it('leave the lower band to those who ask by name', () => {
    const pool = addressPool('10.96.0.0/16')
    assert.equal(pool.size, 65_534)
    assert.equal(pool.reserved, 256)
    assert.equal(pool.format(0), '10.96.0.1')
    assert.deepEqual(pool.parse('10.96.255.254'), { offset: 65_533 })
    const order = [...candidates(addressPool('10.0.0.0/24'), seededRandom(1))]
    assert.equal(new Set(order).size, 254)
    assert.ok(order.slice(0, 238).every((offset) => offset >= 16))
    assert.ok(order.slice(238).every((offset) => offset < 16))
  })

  it('of ports are written as ports', () => {
    const pool = portPool('30000-32767')
    assert.deepEqual(pool.parse('30000'), { offset: 0 })
    assert.ok('problem' in pool.parse('29999'))
    assert.equal(pool.format(2767), '32767')
  })

  it('refuse what is no range', () => {
    for (const text of [
      '10.0.0.0',
      '10.0.0.0/31',
      '10.0.0/16',
      'x/24',
      '10.0.0.256/24',
      'fd00::/112',
    ])
      assert.throws(() => addressPool(text), RangeError)
    for (const text of ['', '1', '5-1', '0-5', '1-70000'])
      assert.throws(() => portPool(text), RangeError)
  })
})
