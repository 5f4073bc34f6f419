/**
 * What one run of a controller may do. Reads come from declared informers; writes go to the cluster at once, are
 * refused when the run may no longer write, and are remembered so that the key waits for them.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import {
  type Cluster,
  isConflict,
  isNotFound,
  type Patch,
  type Ref,
  type RemoveOptions,
  type WithMeta,
  type WriteOptions,
} from './cluster.ts'
import type { Context, Controller, EventText, Key, Reader } from './controller.ts'
import type { Kind } from './kind.ts'
import type { OwnWrites } from './writes.ts'

export interface RunOptions {
  controller: Controller
  key: Key
  cluster: Cluster
  clock: Clock
  random: Random
  signal: AbortSignal
  fieldManager: string
  writes: OwnWrites
  reader<T extends WithMeta>(kind: Kind<T>): Reader<T>
  /** Throws when this process may not write (it does not hold the lease). */
  fence(): void
  record(about: KubernetesObject, event: EventText): void
}

type Removal = RemoveOptions & { because(primary: KubernetesObject | undefined): boolean }

export const refOf = ({ metadata: { namespace, name = '' } }: WithMeta): Ref =>
  namespace ? { namespace, name } : { name }

export const undeclared = ({ name }: Controller, { kind }: Kind): string =>
  `${name} reads ${kind}, which is not among its inputs: declare it with .owns, .watches or .reads`

export class Run implements Context<WithMeta> {
  readonly #options: RunOptions
  #primary: Promise<KubernetesObject | undefined> | undefined

  constructor(options: RunOptions) {
    this.#options = options
  }

  get key(): Key {
    return this.#options.key
  }
  get signal(): AbortSignal {
    return this.#options.signal
  }
  get clock(): Clock {
    return this.#options.clock
  }
  get random(): Random {
    return this.#options.random
  }

  // Arrow functions, because reconcile takes them out of the context.
  read = <T extends WithMeta>(kind: Kind<T>): Reader<T> => this.#options.reader(kind)

  live = <T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined> =>
    this.#options.cluster.get(kind, ref)

  create = async <T extends WithMeta>(
    kind: Kind<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T> => {
    this.#mayWrite()
    const stored = await this.#options.cluster.create(kind, object, this.#write(options))
    return this.#stored(kind, stored, options)
  }

  update = async <T extends WithMeta>(
    kind: Kind<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T> => {
    this.#mayWrite()
    const stored = await this.#options.cluster.update(kind, object, this.#write(options))
    return this.#stored(kind, stored, options)
  }

  patch = async <T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> => {
    this.#mayWrite()
    const stored = await this.#options.cluster.patch(kind, ref, patch, this.#write(options))
    return this.#stored(kind, stored, options)
  }

  remove = async <T extends WithMeta>(
    kind: Kind<T>,
    object: T,
    { because, ...options }: Removal,
  ): Promise<boolean> => {
    if (!because(await this.#livePrimary())) return false
    this.#mayWrite()
    const { uid } = object.metadata
    try {
      await this.#options.cluster.remove(kind, refOf(object), { uid, ...options })
    } catch (error) {
      if (!(await this.#isGone(kind, object, error))) throw error
    }
    this.#options.writes.removed(kind as Kind, object)
    return true
  }

  event = (about: KubernetesObject, event: EventText): void => {
    if (!this.signal.aborted) this.#options.record(about, event)
  }

  /** Removals that are asked for together share one read. */
  #livePrimary(): Promise<KubernetesObject | undefined> {
    const { controller, key, cluster } = this.#options
    if (!this.#primary) {
      const { namespace, name } = key
      this.#primary = cluster
        .get(controller.primary, namespace ? { namespace, name } : { name })
        .finally(() => {
          this.#primary = undefined
        })
    }
    return this.#primary
  }

  async #isGone(kind: Kind<never> | Kind, object: WithMeta, error: unknown): Promise<boolean> {
    if (isNotFound(error)) return true
    if (!isConflict(error)) return false
    const current = await this.#options.cluster.get(kind as Kind, refOf(object))
    return current?.metadata.uid !== object.metadata.uid
  }

  #mayWrite(): void {
    this.signal.throwIfAborted()
    this.#options.fence()
  }

  #write(options: WriteOptions | undefined): WriteOptions {
    return { fieldManager: this.#options.fieldManager, ...options }
  }

  #stored<T extends WithMeta>(kind: Kind<T>, object: T, options: WriteOptions | undefined): T {
    if (!options?.dryRun) this.#options.writes.stored(kind as Kind, object)
    return object
  }
}
