/**
 * Takes values from pools so that no two objects hold the same one, however many API servers there are. A crash between
 * taking and storing leaves a value that nobody uses; `repair` gives those back, and takes what an object holds though
 * nothing says so.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Random } from '../../ports/random.ts'
import { internalError, invalid } from '../http/status.ts'
import type { Allocation, Resource } from '../resources/resource.ts'
import type { Claim, Ledger } from './ledger.ts'
import { candidates, type Pool } from './pool.ts'

type PoolName = Allocation['pool']
type Held = { pool: PoolName; value: string }

/** Values taken for one write, until it is known whether it happened. */
export interface Reservation {
  /** The write did not happen: everything taken goes back. */
  rollBack(): Promise<void>
}

const nothing: Reservation = { rollBack: async () => {} }

export interface Source {
  /** What there is to take at this moment. */
  pool(): Pool
  ledger: Ledger
}

export interface AllocatorPorts {
  random: Random
  sources: Readonly<Record<PoolName, Source>>
  /** A value that nobody else gets, whether its object is there or not. */
  kept?: Held & { namespace: string; name: string }
}

/** Values that others have, after which it is asked what is taken at all. */
const crowded = 8

export class Allocator {
  readonly #ports: AllocatorPorts

  constructor(ports: AllocatorPorts) {
    this.#ports = ports
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
    const claims: Claim[] = []
    const rollBack = async () => {
      for (const claim of claims) await claim.undo()
    }
    try {
      for (const wish of wishes) {
        const take = async (value: string) => {
          const claim = await this.#claim({ pool: wish.pool, value }, object, dryRun)
          if (claim) claims.push(claim)
          return claim !== undefined
        }
        wish.set(await this.#take(resource, object, wish, take))
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
    const still = new Set((object ? (resource.allocated?.(object) ?? []) : []).map(textOf))
    for (const held of before)
      if (!still.has(textOf(held))) await this.#ledger(held.pool).release(held.value, old)
  }

  /** Makes what is taken and what objects hold agree. @param list all that are stored, read after it is called */
  async repair(
    resource: Resource,
    list: () => Promise<readonly KubernetesObject[]>,
  ): Promise<void> {
    const { allocated } = resource
    if (!allocated) return
    for (const pool of Object.keys(this.#ports.sources) as PoolName[])
      await this.#ledger(pool).repair(async () => {
        const holders = new Map<string, KubernetesObject>()
        for (const object of await list())
          for (const held of allocated(object))
            if (held.pool === pool) holders.set(held.value, object)
        return holders
      })
  }

  async #take(
    resource: Resource,
    object: KubernetesObject,
    wish: Allocation,
    take: (value: string) => Promise<boolean>,
  ): Promise<string> {
    const { wanted } = wish
    const pool = this.#ports.sources[wish.pool].pool()
    if (wanted === undefined) return this.#takeAny(wish.pool, pool, take)
    const problem = pool.problem(wanted) ?? ((await take(wanted)) ? undefined : taken(wish, wanted))
    if (problem !== undefined)
      throw invalid(resource, object.metadata.name ?? '', [wish.refuse(problem)])
    return wanted
  }

  async #takeAny(
    name: PoolName,
    pool: Pool,
    take: (value: string) => Promise<boolean>,
  ): Promise<string> {
    let misses = 0
    let known: ReadonlySet<string> | undefined
    for (const value of candidates(pool, this.#ports.random)) {
      if (known?.has(value)) continue
      if (await take(value)) return value
      // Look once at all that is taken instead of trying each.
      if (++misses === crowded) known = await this.#ledger(name).taken()
    }
    throw internalError(pool.full)
  }

  /** `undefined`: it is somebody else's. */
  async #claim(held: Held, object: KubernetesObject, dryRun: boolean): Promise<Claim | undefined> {
    if (this.#isKeptFromOthers(held, object)) return undefined
    const ledger = this.#ledger(held.pool)
    if (!dryRun) return ledger.claim(held.value, object)
    return (await ledger.isTaken(held.value)) ? undefined : { undo: async () => {} }
  }

  #isKeptFromOthers(held: Held, { metadata }: KubernetesObject): boolean {
    const { kept } = this.#ports
    if (!kept || textOf(kept) !== textOf(held)) return false
    return kept.namespace !== metadata.namespace || kept.name !== metadata.name
  }

  #ledger(pool: PoolName): Ledger {
    return this.#ports.sources[pool].ledger
  }
}

const taken = ({ pool }: Allocation, wanted: string): string =>
  pool === 'nodeport'
    ? 'provided port is already allocated'
    : `failed to allocate IP ${wanted}: provided IP is already allocated`

const textOf = ({ pool, value }: Held): string => `${pool}/${value}`
