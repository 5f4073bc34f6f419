/**
 * Sends the writes of one run. It refuses what was not declared and what this process may write no longer, and remembers
 * the rest, so that the key waits for it.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { mayWrite } from './apply.ts'
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
import type { Controller } from './controller.ts'
import type { Following } from './following.ts'
import type { Kind } from './kind.ts'
import type { OwnWrites } from './writes.ts'

export interface WriterOptions {
  controller: Controller
  cluster: Cluster
  following: Following
  writes: OwnWrites
  fieldManager: string
  signal: AbortSignal
  /** Throws when this process may not write (it does not hold the lease). */
  fence(): void
}

const undeclared = ({ name }: Controller, { kind }: Kind): string =>
  `${name} writes ${kind}, which it does not own: declare it with .owns or .writes`

export const refOf = ({ metadata: { namespace, name = '' } }: WithMeta): Ref =>
  namespace ? { namespace, name } : { name }

export class Writer {
  readonly #options: WriterOptions

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** @param about what is written; without a name when the server is to find one */
  async send<T extends WithMeta>(
    kind: Kind<T>,
    about: Partial<Ref>,
    options: WriteOptions | undefined,
    write: (cluster: Cluster, options: WriteOptions) => Promise<T>,
  ): Promise<T> {
    this.#assertAllowed(kind as Kind)
    const { cluster, writes, fieldManager, following } = this.#options
    const { namespace = '', name = '' } = about
    const before = following.informer(kind as Kind)?.reader.get(namespace, name)
    try {
      const stored = await write(cluster, { fieldManager, ...options })
      if (!options?.dryRun) writes.stored(kind as Kind, stored, before)
      return stored
    } catch (error) {
      if (!options?.dryRun) writes.failed(kind as Kind, about, error)
      throw error
    }
  }

  patch<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> {
    return this.send(kind, ref, options, (cluster, complete) =>
      cluster.patch(kind, ref, patch, complete),
    )
  }

  /** Only the object that was seen; gone already will do. */
  async remove<T extends WithMeta>(
    kind: Kind<T>,
    object: T,
    options: RemoveOptions,
  ): Promise<void> {
    this.#assertAllowed(kind as Kind)
    const { cluster, writes } = this.#options
    const { uid } = object.metadata
    try {
      await cluster.remove(kind, refOf(object), { uid, ...options })
    } catch (error) {
      writes.failed(kind as Kind, object.metadata, error)
      if (!(await this.#isGone(kind as Kind, object, error))) throw error
    }
    writes.removed(kind as Kind, object)
  }

  async #isGone(kind: Kind, object: WithMeta, error: unknown): Promise<boolean> {
    if (isNotFound(error)) return true
    if (!isConflict(error)) return false
    const current: KubernetesObject | undefined = await this.#options.cluster.get(
      kind,
      refOf(object),
    )
    return current?.metadata.uid !== object.metadata.uid
  }

  #assertAllowed(kind: Kind): void {
    const { controller, signal, fence } = this.#options
    if (!mayWrite(controller, kind)) throw new Error(undeclared(controller, kind))
    signal.throwIfAborted()
    fence()
  }
}
