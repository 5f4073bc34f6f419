/**
 * The life of custom resources in an API server: it follows the definitions through their cache, serves what they
 * define, settles their names and conditions, and finishes those that are deleted. All that it decides follows from
 * the definitions; all that it writes is a compare-and-set that comes to the same whichever server is first. So any
 * number of servers do this side by side.
 */

import type { Subscription } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import { same } from '../../api/same.ts'
import { type Clock, time } from '../../ports/clock.ts'
import { objectKey } from '../registry/keys.ts'
import type { RegistryPorts } from '../registry/ports.ts'
import { ownNote } from '../registry/write-note.ts'
import type { Resource } from '../resources/resource.ts'
import type { CustomResourceDefinition } from '../schema/structural/definition.ts'
import type { CacheEvent } from '../watch/cached-object.ts'
import { encodeObject } from '../watch/encode.ts'
import type { WatchCache } from '../watch/watch-cache.ts'
import { type FinishingPorts, finish, type Stored } from './finishing.ts'
import type { ServedKinds } from './served-kinds.ts'
import { awaitsCleanup, settled } from './status.ts'

export interface CustomResourcesPorts {
  registry: RegistryPorts
  /** The kind of the definitions themselves. */
  definitions: Resource
  served: ServedKinds
  clock: Clock
  report(error: unknown): void
}

/** How long a write waits to be seen by this server before the next is decided. */
const patience = 3_000
/** Until what failed is tried again. */
const retryAfter = 1_000

export class CustomResources {
  readonly #ports: CustomResourcesPorts
  readonly #cache: WatchCache
  readonly #stopping = new AbortController()
  readonly #finishing = new Set<string>()
  readonly #finishingPorts: FinishingPorts
  #subscription: Subscription | undefined
  /** One decision after the other: each sees what the one before has written. */
  #deciding: Promise<void> = Promise.resolve()
  #undecided = new Set<string>()

  constructor(ports: CustomResourcesPorts) {
    this.#ports = ports
    this.#cache = ports.registry.cacheOf(ports.definitions)
    const { registry, served, clock } = ports
    this.#finishingPorts = {
      registry,
      served,
      clock,
      signal: this.#stopping.signal,
      find: (name) => this.#find(name),
      write: (current, next) => this.#write(current, next),
    }
  }

  /** Resolves when all that is established is served. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#follow(resolve))
    await this.#ports.served.loaded()
  }

  stop(): void {
    this.#stopping.abort()
    this.#subscription?.unsubscribe()
  }

  /** Resolves when all is served of which anybody was told, before this call, that it is. */
  async settled(): Promise<void> {
    await this.#ports.registry.hub.fresh()
    await this.#ports.served.loaded()
  }

  #follow(told: () => void): void {
    if (this.#stopping.signal.aborted) return
    const events = this.#cache.watch({ initial: true, initialEventsEnd: true })
    const again = () => {
      if (!this.#stopping.signal.aborted)
        this.#ports.clock.after(retryAfter, () => this.#follow(told))
    }
    this.#subscription = events.subscribe({
      next: (event) => {
        if (event.type !== 'BOOKMARK') this.#see(event)
        else {
          this.#forgetAbsent()
          told()
        }
      },
      error: (error) => {
        this.#ports.report(error)
        again()
      },
      complete: () => undefined,
    })
  }

  /** What went while nobody followed. */
  #forgetAbsent(): void {
    for (const name of this.#ports.served.names())
      if (!this.#cache.get('', name)) this.#ports.served.forget(name)
  }

  #see({ type, object }: Exclude<CacheEvent, { type: 'BOOKMARK' }>): void {
    if (type === 'DELETED') {
      this.#ports.served.forget(object.name)
      const { spec } = object.object as CustomResourceDefinition
      // Its names are free: others of the group may have waited for them.
      for (const { definition } of this.#all(spec.group))
        this.#decide(definition.metadata.name ?? '')
      return
    }
    this.#ports.served.follow(object.object as CustomResourceDefinition)
    this.#decide(object.name)
  }

  #find(name: string): Stored | undefined {
    const cached = this.#cache.get('', name)
    if (!cached) return undefined
    return { definition: cached.object as CustomResourceDefinition, revision: cached.revision }
  }

  #all(group: string): Stored[] {
    const stored = this.#cache.list().items.map(({ object, revision }) => ({
      definition: object as CustomResourceDefinition,
      revision,
    }))
    return stored.filter(({ definition }) => definition.spec.group === group)
  }

  #decide(name: string): void {
    if (this.#undecided.has(name)) return
    this.#undecided.add(name)
    this.#deciding = this.#deciding.then(async () => {
      this.#undecided.delete(name)
      if (this.#stopping.signal.aborted) return
      try {
        await this.#advance(name)
      } catch (error) {
        this.#ports.report(error)
        this.#ports.clock.after(retryAfter, () => this.#decide(name))
      }
    })
  }

  async #advance(name: string): Promise<void> {
    const current = this.#find(name)
    if (!current) return
    const { definition } = current
    if (awaitsCleanup(definition)) {
      this.#finish(name)
      return
    }
    if (definition.metadata.deletionTimestamp !== undefined) return
    // What is established is served at once: what it takes is there before.
    await this.#ports.served.loaded()
    const others = this.#all(definition.spec.group)
      .map((one) => one.definition)
      .filter(({ metadata }) => metadata.name !== name)
    const next = settled(definition, others, this.#now())
    if (next === definition) return
    // Whoever was faster is seen next, and decided on again.
    if (await this.#write(current, next)) await this.#announceNames(definition, next)
  }

  /** Names that one definition gives up are free for the others of its group. */
  async #announceNames(
    before: CustomResourceDefinition,
    now: CustomResourceDefinition,
  ): Promise<void> {
    if (same(before.status?.acceptedNames, now.status?.acceptedNames)) return
    for (const { definition } of this.#all(now.spec.group))
      if (definition.metadata.name !== now.metadata.name)
        this.#decide(definition.metadata.name ?? '')
  }

  readonly #now = () => time(this.#ports.clock.now())

  /** Whether it was written; then this server has seen it. `undefined` deletes. */
  async #write(
    { definition, revision }: Stored,
    next: CustomResourceDefinition | undefined,
  ): Promise<boolean> {
    const { storage, hub, clock } = this.#ports.registry
    const key = objectKey(this.#ports.definitions, '', definition.metadata.name ?? '')
    const value = next && encodeObject(next as KubernetesObject)
    const asked = next
      ? ({ verb: 'update', subresource: 'status' } as const)
      : ({ verb: 'delete' } as const)
    const note = ownNote(clock, asked)
    const result = await storage.write({ key, value, expect: revision, note })
    if (result.ok) await hub.waitFor(result.revision, patience)
    return result.ok
  }

  #finish(name: string): void {
    if (this.#finishing.has(name)) return
    this.#finishing.add(name)
    finish(this.#finishingPorts, name)
      .catch((error) => this.#ports.report(error))
      .finally(() => {
        this.#finishing.delete(name)
        if (this.#stopping.signal.aborted) return
        // Where it failed it is tried again; where it is done nothing is left to decide.
        this.#ports.clock.after(retryAfter, () => this.#decide(name))
      })
  }
}
