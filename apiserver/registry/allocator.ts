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
        const value = await this.#take(resource, object, wish, dryRun)
        if (!dryRun) taken.push({ pool: wish.pool, value })
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
    const held = new Map<string, string>()
    for (const object of await list())
      for (const value of resource.allocated(object))
        held.set(keyOf(value), String(object.metadata.uid))
    for (const { key, value, modified } of entries) {
      if (held.delete(key)) continue
      if (clock.now() - read(value).at > leakAfter)
        await storage.write({ key, value: undefined, expect: modified })
    }
    for (const [key, holder] of held) await this.#claim(key, holder)
  }

  async #take(
    resource: Resource,
    object: KubernetesObject,
    { pool: name, wanted, field }: Allocation,
    dryRun: boolean,
  ): Promise<string> {
    const pool = this.#pools.get(name)
    if (!pool) throw internalError(`there is no pool ${name}`)
    const claim = (value: string) => {
      const key = keyOf({ pool: name, value })
      return dryRun ? this.#isFree(key) : this.#claim(key, String(object.metadata.uid))
    }
    if (wanted !== undefined) {
      const refuse = (problem: string) =>
        invalid(resource, object.metadata.name ?? '', [
          invalidField(field, name === 'nodeport' ? Number(wanted) : wanted, problem),
        ])
      const parsed = pool.parse(wanted)
      if ('problem' in parsed) throw refuse(parsed.problem)
      if (!(await claim(wanted)))
        throw refuse(
          name === 'nodeport'
            ? 'provided port is already allocated'
            : `failed to allocate IP ${wanted}: provided IP is already allocated`,
        )
      return wanted
    }
    return this.#takeAny(pool, claim)
  }

  async #takeAny(pool: Pool, claim: (value: string) => Promise<boolean>): Promise<string> {
    let misses = 0
    let known: Set<string> | undefined
    for (const offset of candidates(pool, this.#ports.random)) {
      const value = pool.format(offset)
      const key = keyOf({ pool: pool.name, value })
      if (known?.has(key)) continue
      if (await claim(value)) return value
      // Crowded: look once at all that is taken instead of trying each.
      if (++misses === 8) known = await this.#keys(pool)
    }
    throw internalError(pool.full)
  }

  async #keys(pool: Pool): Promise<Set<string>> {
    const { entries } = await this.#ports.storage.range(`/allocations/${pool.name}/`)
    return new Set(entries.map(({ key }) => key))
  }

  async #isFree(key: string): Promise<boolean> {
    return (await this.#ports.storage.get(key)).entry === undefined
  }

  async #claim(key: string, holder: string): Promise<boolean> {
    const value = Buffer.from(JSON.stringify({ holder, at: this.#ports.clock.now() }))
    return (await this.#ports.storage.write({ key, value, expect: 0 })).ok
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

/** What a key says: which object's uid took it, and when (milliseconds since the epoch). */
const read = (value: Buffer) => JSON.parse(value.toString()) as { holder: string; at: number }

const keyOf = ({ pool, value }: Held) => `/allocations/${pool}/${value}`
