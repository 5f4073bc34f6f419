/** What one run of a controller is handed: the parts that carry it out, under the names that `Context` promises. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { Applier } from './applier.ts'
import { appliedBody, isDeclared } from './apply.ts'
import type { Cluster, Patch, Ref, WithMeta, WriteOptions } from './cluster.ts'
import type { ApplyOptions, Context, EventText, Removal, StatusWords } from './context.ts'
import type { Controller } from './controller.ts'
import { type Following, undeclared } from './following.ts'
import type { Key, Reader } from './inputs.ts'
import type { Intents } from './intents.ts'
import type { Kind } from './kind.ts'
import { Primary } from './primary.ts'
import { reporting } from './reporting.ts'
import type { Result } from './result.ts'
import { StatusDraft } from './status.ts'
import { refOf, Writer } from './writer.ts'
import type { OwnWrites } from './writes.ts'

export interface RunOptions {
  controller: Controller
  key: Key
  /** The primary object as the run was handed it; `undefined` when it is gone. */
  object: KubernetesObject | undefined
  cluster: Cluster
  clock: Clock
  random: Random
  signal: AbortSignal
  fieldManager: string
  writes: OwnWrites
  following: Following
  intents: Intents
  fence(): void
  record(about: KubernetesObject, event: EventText): void
}

// Methods are arrow functions, because reconcile takes them out of the context.
export class Run implements Context<WithMeta, WithMeta, KubernetesObject> {
  readonly primary: Primary
  readonly #options: RunOptions
  readonly #status: StatusDraft
  readonly #writer: Writer
  readonly #applier: Applier

  constructor(options: RunOptions) {
    const { controller, key, object, cluster, clock } = options
    this.#options = options
    this.primary = new Primary(controller.primary, key, object, cluster)
    this.#status = new StatusDraft(controller.primary, object, clock)
    this.#writer = new Writer(options)
    this.#applier = new Applier({ ...options, writer: this.#writer })
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
  get status(): StatusWords<unknown, string> {
    return this.#status.writer
  }

  read = <T extends WithMeta>(kind: Kind<T>): Reader<T> => this.#options.following.reader(kind)

  live = async <T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined> => {
    const { controller, cluster } = this.#options
    if (!isDeclared(controller, kind as Kind)) throw new Error(undeclared(controller, kind as Kind))
    if (kind.namespaced && !ref.namespace)
      throw new Error(`${kind.kind} ${ref.name} needs a namespace to be read from`)
    return cluster.get(kind, ref)
  }

  apply = async <T extends WithMeta>(
    kind: Kind<T>,
    wanted: object,
    { force = true }: ApplyOptions = {},
  ): Promise<T> => {
    const { controller, object } = this.#options
    const body = appliedBody(controller, kind as Kind, wanted, object)
    return (await this.#applier.apply(kind as Kind, body, { force })) as T
  }

  create = <T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T> =>
    this.#writer.send(kind, object.metadata, options, (cluster, complete) =>
      cluster.create(kind, object, complete),
    )

  update = <T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T> =>
    this.#writer.send(kind, object.metadata, options, (cluster, complete) =>
      cluster.update(kind, object, complete),
    )

  patch = <T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> => this.#writer.patch(kind, ref, patch, options)

  remove = async <T extends WithMeta>(
    kind: Kind<T>,
    object: T,
    { because, ...options }: Removal<KubernetesObject>,
  ): Promise<boolean> => {
    if (!(await this.primary.justifies(because))) return false
    await this.#writer.remove(kind, object, options)
    return true
  }

  event = (about: WithMeta, event: EventText): void => {
    if (!this.signal.aborted) this.#options.record(about as KubernetesObject, event)
  }

  /** Writes the primary object by a patch of its own. */
  patchPrimary(object: KubernetesObject, patch: Patch): Promise<KubernetesObject> {
    return this.patch(this.primary.kind, refOf(object), patch)
  }

  /** Runs `task`, and sends the status that it spoke. */
  reporting(task: () => Promise<Result>): Promise<Result> {
    const { writes } = this.#options
    const parts = { primary: this.primary, status: this.#status, applier: this.#applier, writes }
    return reporting(parts, task)
  }
}
