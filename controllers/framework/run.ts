/**
 * What one run of a controller may do. Reads come from declared informers; writes go to the cluster at once, are
 * refused when the run may no longer write, and are remembered so that the key waits for them.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { appliedBody, mayWrite, statusBody } from './apply.ts'
import {
  type Cluster,
  isConflict,
  isNotFound,
  type Patch,
  type Ref,
  type WithMeta,
  type WriteOptions,
} from './cluster.ts'
import type { ApplyOptions, Context, EventText, Removal, StatusWords } from './context.ts'
import type { Controller } from './controller.ts'
import type { Following } from './following.ts'
import type { Key, Reader } from './inputs.ts'
import type { Intents } from './intents.ts'
import type { Kind } from './kind.ts'
import type { Result } from './result.ts'
import { isGuarded } from './safeguards.ts'
import type { StatusDraft } from './status.ts'
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
  status: StatusDraft
  following: Following
  intents: Intents
  /** Throws when this process may not write (it does not hold the lease). */
  fence(): void
  record(about: KubernetesObject, event: EventText): void
}

export const refOf = ({ metadata: { namespace, name = '' } }: WithMeta): Ref =>
  namespace ? { namespace, name } : { name }

const unwritable = ({ name }: Controller, { kind }: Kind): string =>
  `${name} writes ${kind}, which it does not own: declare it with .owns or .writes`

// Methods are arrow functions, because reconcile takes them out of the context.
export class Run implements Context<WithMeta, WithMeta, KubernetesObject> {
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
  get status(): StatusWords<unknown, string> {
    return this.#options.status.writer
  }

  read = <T extends WithMeta>(kind: Kind<T>): Reader<T> => this.#options.following.reader(kind)

  live = <T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined> =>
    this.#options.cluster.get(kind, ref)

  apply = async <T extends WithMeta>(
    kind: Kind<T>,
    wanted: object,
    { force = true }: ApplyOptions = {},
  ): Promise<T> => {
    const { controller, object } = this.#options
    const body = appliedBody(controller, kind as Kind, wanted, object)
    return (await this.#applyBody(kind as Kind, body, '', force)) as T
  }

  create = <T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T> =>
    this.#write(kind, object.metadata, options, (cluster, complete) =>
      cluster.create(kind, object, complete),
    )

  update = <T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T> =>
    this.#write(kind, object.metadata, options, (cluster, complete) =>
      cluster.update(kind, object, complete),
    )

  patch = <T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> =>
    this.#write(kind, ref, options, (cluster, complete) =>
      cluster.patch(kind, ref, patch, complete),
    )

  remove = async <T extends WithMeta>(
    kind: Kind<T>,
    object: T,
    { because, ...options }: Removal<KubernetesObject>,
  ): Promise<boolean> => {
    if (!(await this.#justifies(because))) return false
    this.#mayWrite(kind as Kind)
    const { uid } = object.metadata
    try {
      await this.#options.cluster.remove(kind, refOf(object), { uid, ...options })
    } catch (error) {
      this.#options.writes.failed(kind as Kind, object.metadata, error)
      if (!(await this.#isGone(kind, object, error))) throw error
    }
    this.#options.writes.removed(kind as Kind, object)
    return true
  }

  event = (about: WithMeta, event: EventText): void => {
    if (!this.signal.aborted) this.#options.record(about as KubernetesObject, event)
  }

  /** Writes the primary object by a patch of its own. */
  patchPrimary(patch: Patch): Promise<KubernetesObject> {
    const { controller, key } = this.#options
    const { namespace, name } = key
    return this.patch(controller.primary, namespace ? { namespace, name } : { name }, patch)
  }

  /** Runs `task` and then sends the status it spoke, also when it throws: it is then added to the status that is there. */
  async reporting(task: () => Promise<Result>): Promise<Result> {
    const { status, object } = this.#options
    let result: Result
    try {
      result = await task()
    } catch (error) {
      // What was thrown counts; a status that cannot be written as well will be, by the retry.
      await this.#sendStatus(status.words(object?.status)).catch(() => {})
      throw error
    }
    await this.#sendStatus(status.words())
    return result
  }

  async #sendStatus(words: object | undefined): Promise<void> {
    const { controller, object } = this.#options
    if (!words || !object) return
    const body = statusBody(controller.primary, object, words)
    try {
      await this.#applyBody(controller.primary, body, 'status', true)
    } catch (error) {
      if (!isAnother(error)) throw error
      const live = await this.livePrimary()
      if (live?.metadata.uid !== object.metadata.uid) return
      if (!isNotFound(error)) throw error
      const { kind } = controller.primary
      throw new Error(`${kind} has no status subresource: declare a status with the kind`)
    }
  }

  /** What was decided on an old view must still hold, and for the same object. */
  async #justifies(because: Removal<KubernetesObject>['because']): Promise<boolean> {
    const seen = this.#options.object
    if (!isGuarded('live-because')) return because(seen)
    const live = await this.livePrimary()
    const replaced = seen && live && seen.metadata.uid !== live.metadata.uid
    return !replaced && because(live)
  }

  /** The primary object as it is now. Those who ask together share one read. */
  livePrimary(): Promise<KubernetesObject | undefined> {
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

  #mayWrite(kind: Kind): void {
    const { controller } = this.#options
    if (!mayWrite(controller, kind)) throw new Error(unwritable(controller, kind))
    this.signal.throwIfAborted()
    this.#options.fence()
  }

  async #applyBody(
    kind: Kind,
    body: KubernetesObject,
    subresource: string,
    force: boolean,
  ): Promise<KubernetesObject> {
    const { intents } = this.#options
    const known = this.#seen(kind, body)
    if (known && intents.isSettled(kind, subresource, body, known)) return known
    intents.forget(kind, subresource, body)
    const options = subresource ? { subresource } : undefined
    const stored = await this.patch(kind, refOf(body), { type: 'apply', body, force }, options)
    intents.applied(kind, subresource, body, stored)
    return stored
  }

  /** The object as the informer has it, if a change of it would run this key. */
  #seen(kind: Kind, { metadata }: WithMeta): KubernetesObject | undefined {
    const { following, key } = this.#options
    const { namespace = '', name = '' } = metadata
    const known = following.informer(kind)?.reader.get(namespace, name) as
      | KubernetesObject
      | undefined
    return known && following.concerns(kind, known, key) ? known : undefined
  }

  async #write<T extends WithMeta>(
    kind: Kind<T>,
    about: { namespace?: string; name?: string },
    options: WriteOptions | undefined,
    send: (cluster: Cluster, options: WriteOptions) => Promise<T>,
  ): Promise<T> {
    this.#mayWrite(kind as Kind)
    const { cluster, writes, fieldManager, following } = this.#options
    const { namespace = '', name = '' } = about
    const before = following.informer(kind as Kind)?.reader.get(namespace, name)
    try {
      const stored = await send(cluster, { fieldManager, ...options })
      if (!options?.dryRun) writes.stored(kind as Kind, stored, before)
      return stored
    } catch (error) {
      if (!options?.dryRun) writes.failed(kind as Kind, about, error)
      throw error
    }
  }
}

const isAnother = (error: unknown): boolean => isConflict(error) || isNotFound(error)
