/** What a person does with a cluster: applies, deletes and looks, and waits for each answer. No faults befall it. */

import { parseAllDocuments } from 'yaml'
import type { KubernetesObject } from '../api/object.ts'
import type { ApiServer } from '../apiserver/server.ts'
import type {
  Cluster,
  Kind,
  ListOptions,
  Ref,
  RemoveOptions,
  WithMeta,
} from '../controllers/framework/index.ts'
import type { Clock } from '../ports/clock.ts'
import { userCluster } from './user-cluster.ts'
import { WorldError } from './world-error.ts'

export interface UserOptions {
  server: ApiServer
  clock: Clock
  /** Lets time pass as long as the answer needs some. */
  until<R>(answer: Promise<R>): Promise<R>
}

export class User {
  readonly cluster: Cluster
  readonly #options: UserOptions

  constructor(options: UserOptions) {
    const { server, clock } = options
    this.#options = options
    this.cluster = userCluster(server.cluster({ name: 'user', groups: ['system:masters'] }), clock)
  }

  /** Every document of a YAML text. */
  async applyAll(text: string): Promise<KubernetesObject[]> {
    const applied: KubernetesObject[] = []
    for (const document of parseAllDocuments(text)) {
      const [error] = document.errors
      if (error) throw error
      const object = document.toJS() as KubernetesObject | null
      if (object) applied.push(await this.apply(object))
    }
    return applied
  }

  async apply(object: KubernetesObject): Promise<KubernetesObject> {
    const kind = this.#kindOf(object)
    const { namespace = 'default', name = '' } = object.metadata
    const ref = kind.namespaced ? { namespace, name } : { name }
    const body = { ...object, metadata: { ...object.metadata, ...ref } }
    const options = { fieldManager: 'user' }
    return this.#options.until(
      this.cluster.patch(kind, ref, { type: 'apply', body, force: true }, options),
    )
  }

  remove<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref | string,
    options?: RemoveOptions,
  ): Promise<void> {
    return this.#options.until(this.cluster.remove(kind, refOf(kind, ref), options))
  }

  async get<T extends WithMeta>(kind: Kind<T>, ref: Ref | string): Promise<T> {
    const found = await this.find(kind, ref)
    if (found) return found
    const { namespace, name } = refOf(kind, ref)
    const place = namespace === undefined ? '' : ` in the namespace ${namespace}`
    throw new WorldError(`there is no ${kind.kind} ${name}${place}`)
  }

  find<T extends WithMeta>(kind: Kind<T>, ref: Ref | string): Promise<T | undefined> {
    return this.#options.until(this.cluster.get(kind, refOf(kind, ref)))
  }

  async list<T extends WithMeta>(kind: Kind<T>, options?: ListOptions): Promise<T[]> {
    return (await this.#options.until(this.cluster.list(kind, options))).items
  }

  #kindOf({ apiVersion = '', kind: name = '' }: KubernetesObject): Kind {
    const [version = '', group = ''] = apiVersion.split('/').reverse()
    if (!name || !version)
      throw new WorldError(
        'an object needs apiVersion and kind to be applied; Kind.make(...) fills them in',
      )
    const kind = this.#options.server.registry.resources.find(
      (one) => one.group === group && one.version === version && one.kind === name,
    )
    if (kind) return kind
    throw new WorldError(
      `the server knows no kind ${name} in ${apiVersion}: name kinds of your own in startWorld({ kinds: [...] })`,
    )
  }
}

export function refOf(kind: Kind<never> | Kind, ref: Ref | string): Ref {
  if (typeof ref !== 'string') return ref
  return kind.namespaced ? { namespace: 'default', name: ref } : { name: ref }
}
