import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import type { IPAddress } from '../../api/types.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { invalid } from '../resources/field-errors.ts'
import { type Allocation, defineResource } from '../resources/resource.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { decodeObject, encodeObject } from '../watch/encode.ts'
import { addressMarks } from './address-marks.ts'
import { Allocator, type AllocatorPorts } from './allocator.ts'
import { Ledger } from './ledger.ts'
import { addressPool, candidates, firstAddress, portPool } from './pool.ts'
import { portMarks } from './port-marks.ts'

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
            refuse: (problem) => invalid('address', holder.address, problem),
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
  const server = (ranges = ['10.0.0.0/28'], kept?: AllocatorPorts['kept']) =>
    new Allocator({
      random: seededRandom(seed++),
      sources: {
        clusterip: {
          pool: () => addressPool(ranges),
          ledger: new Ledger(addressMarks, { storage, clock }),
        },
        nodeport: {
          pool: () => portPool('30000-30010'),
          ledger: new Ledger(portMarks, { storage, clock }),
        },
      },
      kept,
    })
  const addresses = async () =>
    (await storage.range('/registry/networking.k8s.io/ipaddresses/')).entries.map(
      ({ value }) => decodeObject(value) as IPAddress & KubernetesObject,
    )
  const taken = async () => (await addresses()).map(({ metadata }) => metadata.name)

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
    await server().releaseUnused(holders, holder('a', '10.0.0.5'))
    assert.deepEqual(await taken(), ['10.0.0.5'])
    // The other try may live after all.
    await reservation.rollBack()
    await assert.rejects(server().reserve(holders, holder('b', '10.0.0.5'), undefined, false))
    await server().releaseUnused(holders, again)
    assert.deepEqual(await taken(), ['10.0.0.5'])
    await server().releaseUnused(holders, holder('a', '10.0.0.5'))
    assert.deepEqual(await taken(), [])
  })

  it('says who has an address in an object that everybody may read', async () => {
    const one: Holder = { metadata: { namespace: 'n', name: 'a', uid: 'u' }, address: '10.0.0.5' }
    await server().reserve(holders, one, undefined, false)
    const [address] = await addresses()
    const { uid, ...metadata } = address!.metadata
    assert.match(String(uid), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.deepEqual(metadata, {
      name: '10.0.0.5',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    })
    assert.deepEqual(address!.spec, {
      parentRef: { resource: 'services', namespace: 'n', name: 'a' },
    })
  })

  it('leaves alone what somebody else says of an address', async () => {
    const name = 'a'
    const object = {
      kind: 'IPAddress',
      apiVersion: 'networking.k8s.io/v1',
      metadata: { name: '10.0.0.5', uid: 'u', creationTimestamp: '1970-01-01T00:00:00Z' },
      spec: { parentRef: { resource: 'services', name } },
    }
    const value = encodeObject(object)
    await storage.write({ key: `${addressMarks.prefix}10.0.0.5`, value, expect: 0 })
    await clock.advance(61_000)
    await server().repair(holders, async () => [])
    await assert.rejects(server().reserve(holders, holder(name, '10.0.0.5'), undefined, false), {
      code: 422,
    })
    await server().releaseUnused(holders, holder(name, '10.0.0.5'))
    assert.deepEqual(await taken(), ['10.0.0.5'])
  })

  it('goes on in the next range when one is full', async () => {
    const all = Array.from({ length: 4 }, (_, index) => holder(`h${index}`))
    for (const one of all)
      await server(['10.0.0.0/30', '10.0.1.0/30']).reserve(holders, one, undefined, false)
    assert.deepEqual(await taken(), ['10.0.0.1', '10.0.0.2', '10.0.1.1', '10.0.1.2'])
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
    const kept = { pool: 'clusterip', value: '10.0.0.1', namespace: 'n', name: 'owner' } as const
    const allocator = server(['10.0.0.0/30'], kept)
    const owner = { metadata: { namespace: 'n', name: 'owner', uid: 'x' }, address: '10.0.0.1' }
    await allocator.reserve(holders, owner, undefined, false)
    await allocator.releaseUnused(holders, owner)
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
    const pool = addressPool(['10.96.0.0/16'])
    assert.deepEqual(
      pool.bands.map(({ first, count }) => `${pool.format(first)} ${count}`),
      ['10.96.1.1 65278', '10.96.0.1 256'],
    )
    assert.equal(pool.problem('10.96.255.254'), undefined)
    const order = [...candidates(addressPool(['10.0.0.0/24']), seededRandom(1))]
    assert.equal(new Set(order).size, 254)
    const upper = (address: string) => Number(address.split('.').at(-1)) > 16
    assert.ok(order.slice(0, 238).every(upper))
    assert.ok(!order.slice(238).some(upper))
  })

  it('know nothing of networks, broadcasts and what is in no range', () => {
    const pool = addressPool(['10.0.0.0/28', '10.0.9.0/30'])
    for (const text of ['10.0.0.1', '10.0.0.14', '10.0.9.2'])
      assert.equal(pool.problem(text), undefined, text)
    for (const text of ['10.0.0.0', '10.0.0.15', '10.0.1.1', '10.0.9.3', 'x', '10.0.0.05'])
      assert.equal(
        pool.problem(text),
        `failed to allocate IP ${text}: the provided network does not match the current range`,
      )
    assert.deepEqual(
      [...candidates(addressPool(['10.0.0.0/31', '10.0.0.9/32']), seededRandom(1))],
      [],
    )
  })

  it('of ports are written as ports', () => {
    const pool = portPool('30000-32767')
    assert.equal(pool.problem('30000'), undefined)
    assert.match(String(pool.problem('29999')), /The range of valid ports is 30000-32767$/)
    assert.equal([...candidates(pool, seededRandom(1))].length, 2768)
  })

  it('refuse what is no range', () => {
    for (const text of ['10.0.0.0', '10.0.0/16', 'x/24', '10.0.0.256/24', 'fd00::/112'])
      assert.throws(() => addressPool([text]), RangeError)
    for (const text of ['10.0.0.0/31', '10.0.0.0/7'])
      assert.throws(() => firstAddress(text), RangeError)
    assert.equal(firstAddress('10.96.0.0/16'), '10.96.0.1')
    for (const text of ['', '1', '5-1', '0-5', '1-70000'])
      assert.throws(() => portPool(text), RangeError)
  })
})
