/**
 * Takes values from pools so that no two objects hold the same one, however many API servers there are: a value is
 * taken by creating its key in the store. A crash between taking and storing leaves a key that nobody uses;
 * `repair` gives those back, and takes what an object holds without a key.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { internalError, invalid } from '../http/status.ts'
import { invalid as invalidField } from '../resources/field-errors.ts'
import type { Allocation, Resource } from '../resources/resource.ts'
import type { Storage } from '../storage/storage.ts'
import { candidates, type Pool } from './pool.ts'

type Held = { pool: Allocation['pool']; value: string }

/** A key without an object is a leak only after this long: its object may be on its way. */
const leakAfter = 60_000

/** Values taken for one write, until it is known whether it happened. */
export interface Reservation {
  /** The write did not happen: everything taken goes back. */
  rollBack(): Promise<void>
}

const nothing: Reservation = { rollBack: async () => {} }

export interface AllocatorPorts {
  storage: Storage
  clock: Clock
  random: Random
  pools: readonly Pool[]
  /** A value that belongs to one object for ever: it needs no key, and nobody else gets it. */
  fixed?: Held & { namespace: string; name: string }
}

export class Allocator {
  readonly #ports: AllocatorPorts
  readonly #pools: ReadonlyMap<string, Pool>

  constructor(ports: AllocatorPorts) {
    this.#ports = ports
    this.#pools = new Map(ports.pools.map((pool) => [pool.name, pool]))
  }

  /** Takes what the object needs and writes it into the object. A dry run only looks. @throws StatusError 422, 500 */
  async reserve(
    resource: Resource,
    object: KubernetesObject,
    old: KubernetesObject | undefined,
    dryRun: boolean,
  ): Promise<Reservation> {
    const wishes = resource.allocations?.(object, old) ?? []
    if (wishes.length === 0) return nothing
    const taken: Held[] = []
    const holder = String(object.metadata.uid)
    const rollBack = () => this.#release(taken, holder)
    try {
      for (const wish of wishes) {
        const { value, claim } = await this.#take(resource, object, wish, dryRun)
        // What was there before for this name stays: the one that made it may be about to be stored.
        if (!dryRun && claim === 'new') taken.push({ pool: wish.pool, value })
        wish.set(value)
      }
    } catch (error) {
      await rollBack()
      throw error
    }
    return { rollBack }
  }

  /** Gives back what the old object held and the new one, if there is one, does not. */
  async releaseUnused(
    resource: Resource,
    old: KubernetesObject,
    object?: KubernetesObject,
  ): Promise<void> {
    const before = resource.allocated?.(old) ?? []
    if (before.length === 0) return
    const still = new Set((object ? (resource.allocated?.(object) ?? []) : []).map(keyOf))
    await this.#release(
      before.filter((held) => !still.has(keyOf(held))),
      String(old.metadata.uid),
    )
  }

  /** Makes keys and objects agree. @param list all objects now stored, read after it is called */
  async repair(
    resource: Resource,
    list: () => Promise<readonly KubernetesObject[]>,
  ): Promise<void> {
    if (!resource.allocated) return
    const { storage, clock } = this.#ports
    const { entries } = await storage.range('/allocations/')
    const held = new Map<string, KubernetesObject>()
    for (const object of await list())
      for (const value of resource.allocated(object)) held.set(keyOf(value), object)
    for (const { key, value, modified } of entries) {
      if (held.delete(key)) continue
      if (clock.now() - read(value).at > leakAfter)
        await storage.write({ key, value: undefined, expect: modified })
    }
    for (const [key, object] of held) if (!this.#isFixed(key)) await this.#claim(key, object)
  }

  async #take(
    resource: Resource,
    object: KubernetesObject,
    { pool: name, wanted, field }: Allocation,
    dryRun: boolean,
  ): Promise<Taken> {
    const pool = this.#pools.get(name)
    if (!pool) throw internalError(`there is no pool ${name}`)
    const claim = async (value: string): Promise<Claim> => {
      const key = keyOf({ pool: name, value })
      if (this.#isFixed(key)) return this.#isFixedFor(object) ? 'old' : 'refused'
      return dryRun ? this.#look(key) : this.#claim(key, object)
    }
    if (wanted !== undefined) {
      const refuse = (problem: string) =>
        invalid(resource, object.metadata.name ?? '', [
          invalidField(field, name === 'nodeport' ? Number(wanted) : wanted, problem),
        ])
      const parsed = pool.parse(wanted)
      if ('problem' in parsed) throw refuse(parsed.problem)
      const outcome = await claim(wanted)
      if (outcome === 'refused')
        throw refuse(
          name === 'nodeport'
            ? 'provided port is already allocated'
            : `failed to allocate IP ${wanted}: provided IP is already allocated`,
        )
      return { value: wanted, claim: outcome }
    }
    return this.#takeAny(pool, claim)
  }

  async #takeAny(pool: Pool, claim: (value: string) => Promise<Claim>): Promise<Taken> {
    let misses = 0
    let known: Set<string> | undefined
    for (const offset of candidates(pool, this.#ports.random)) {
      const value = pool.format(offset)
      const key = keyOf({ pool: pool.name, value })
      if (known?.has(key)) continue
      const outcome = await claim(value)
      if (outcome !== 'refused') return { value, claim: outcome }
      // Crowded: look once at all that is taken instead of trying each.
      if (++misses === 8) known = await this.#keys(pool)
    }
    throw internalError(pool.full)
  }

  #isFixed(key: string): boolean {
    const { fixed } = this.#ports
    return fixed !== undefined && keyOf(fixed) === key
  }

  #isFixedFor({ metadata }: KubernetesObject): boolean {
    const { fixed } = this.#ports
    return fixed?.namespace === metadata.namespace && fixed?.name === metadata.name
  }

  async #keys(pool: Pool): Promise<Set<string>> {
    const { entries } = await this.#ports.storage.range(`/allocations/${pool.name}/`)
    return new Set(entries.map(({ key }) => key))
  }

  async #look(key: string): Promise<Claim> {
    return (await this.#ports.storage.get(key)).entry ? 'refused' : 'new'
  }

  /** A key that was made for the same name, by a try that may have failed half-way, is as good as none. */
  async #claim(key: string, object: KubernetesObject): Promise<Claim> {
    const { storage, clock } = this.#ports
    const mark: Mark = {
      name: nameOf(object),
      holder: String(object.metadata.uid),
      at: clock.now(),
    }
    const value = Buffer.from(JSON.stringify(mark))
    const result = await storage.write({ key, value, expect: 0 })
    if (result.ok) return 'new'
    const { current } = result
    if (!current || read(current.value).name !== mark.name) return 'refused'
    const again = await storage.write({ key, value, expect: current.modified })
    return again.ok ? 'old' : 'refused'
  }

  /** Only what is still held by the one that gives it back: somebody else may have it by now. */
  async #release(values: readonly Held[], holder: string): Promise<void> {
    const { storage } = this.#ports
    for (const held of values) {
      const key = keyOf(held)
      const { entry } = await storage.get(key)
      if (entry && read(entry.value).holder === holder)
        await storage.write({ key, value: undefined, expect: entry.modified })
    }
  }
}

/** What a key says. */
interface Mark {
  /** Of the object that it was taken for. */
  name: string
  /** The uid of that object. */
  holder: string
  /** When it was taken, in milliseconds since the epoch. */
  at: number
}

/** `old`: the object had it before, or another try to make it. */
type Claim = 'new' | 'old' | 'refused'

interface Taken {
  value: string
  claim: Claim
}

const read = (value: Buffer) => JSON.parse(value.toString()) as Mark

const nameOf = ({ metadata: { namespace = '', name = '' } }: KubernetesObject) =>
  `${namespace}/${name}`

const keyOf = ({ pool, value }: Held) => `/allocations/${pool}/${value}`
