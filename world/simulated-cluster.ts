/**
 * The cluster as one process of a World reaches it: requests get a number, meet the faults that were planned for them
 * and go to the server in this process; what the server tells comes through the process' views. Once the process is
 * dropped, nothing that it awaits ever comes. It answers nothing by itself.
 */

import type { Subscription } from 'rxjs'
import { Observable } from 'rxjs/internal/Observable'
import type { KubernetesObject } from '../api/object.ts'
import {
  type Cluster,
  ConnectionError,
  type DiscoveredKind,
  type Kind,
  type List,
  type ListOptions,
  type Patch,
  type Ref,
  type RemoveOptions,
  type WatchEvent,
  type WatchOptions,
  type WithMeta,
  type WriteOptions,
} from '../controllers/framework/index.ts'
import type { Fault, WorldRequest } from './faults.ts'
import type { Network } from './network.ts'
import type { ProcessViews } from './views.ts'

type Asked = Pick<WorldRequest, 'verb' | 'ref' | 'subresource' | 'body' | 'fieldManager'> & {
  kind?: Kind<never> | Kind
}

/** What stands behind one process' cluster. */
export interface SimulatedPorts {
  /** The server's own. */
  cluster: Cluster
  views: ProcessViews
  /** False once the process has been dropped. */
  alive(): boolean
  /** Gives a request its number and says what is to happen to it. */
  asked(request: Asked): { request: WorldRequest; fault: Fault | undefined }
  /** Does a request in its name. */
  within<R>(request: WorldRequest | undefined, task: () => R): R
  /** Waits where one turn of the event loop has seen too many requests. */
  breathe(): Promise<void> | undefined
  /** What is handed out of an object that the server shares. */
  handed<T>(object: T): T
  /** Absent: messages are there at once. */
  network: Network | undefined
  crash(): void
  /** A watch has begun; ended with the process. @returns forgets it */
  watching(subscription: Pick<Subscription, 'unsubscribe'>): () => void
}

/** Never resolves, and is kept by nobody. */
const forever = <R>(): Promise<R> => new Promise<R>(() => {})

export class SimulatedCluster implements Cluster {
  readonly #ports: SimulatedPorts

  constructor(ports: SimulatedPorts) {
    this.#ports = ports
  }

  get<T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined> {
    return this.#ask({ verb: 'get', kind, ref }, (cluster) => cluster.get(kind, ref))
  }

  list<T extends WithMeta>(kind: Kind<T>, options: ListOptions = {}): Promise<List<T>> {
    const ref = options.namespace === undefined ? {} : { namespace: options.namespace }
    return this.#ask({ verb: 'list', kind, ref }, async (cluster) => {
      const list = await cluster.list(kind, this.#asSeen(kind, options))
      return { ...list, items: list.items.map((object) => this.#ports.handed(object)) }
    })
  }

  /** A page that goes on knows its version by itself. */
  #asSeen(kind: Kind<never> | Kind, options: ListOptions): ListOptions {
    const resourceVersion = this.#ports.views.asOf(kind)
    if (resourceVersion === undefined || options.continue !== undefined) return options
    return { ...options, resourceVersion, resourceVersionMatch: 'Exact' }
  }

  watch<T extends WithMeta>(kind: Kind<T>, options: WatchOptions = {}): Observable<WatchEvent<T>> {
    const { views, alive, within, watching, network } = this.#ports
    const handedEvent = (event: WatchEvent<T>): WatchEvent<T> =>
      event.type === 'BOOKMARK' ? event : { ...event, object: this.#ports.handed(event.object) }
    return new Observable((subscriber) => {
      // A dropped process hears nothing, not even that.
      const here = (task: () => void) => {
        if (alive()) within(undefined, task)
      }
      let source: Subscription | undefined
      const line = network?.line() ?? atOnce
      const gate = views.open(kind, {
        next: (event) => here(() => subscriber.next(handedEvent(event as WatchEvent<T>))),
        error: (error) => here(() => subscriber.error(error)),
      })
      const end = () => {
        gate.leave()
        source?.unsubscribe()
        forget()
      }
      const forget = watching({ unsubscribe: end })
      const ref = options.namespace === undefined ? {} : { namespace: options.namespace }
      this.#ask({ verb: 'watch', kind, ref }, async () =>
        this.#from(kind, options, gate.offer),
      ).then(
        (from) => {
          if (subscriber.closed || !alive()) return
          source = this.#ports.cluster
            .watch(kind, {
              ...options,
              ...from,
              opened: () => here(() => options.opened?.()),
            })
            .subscribe({
              next: (event) => line(() => gate.offer(event)),
              error: (error: unknown) => line(() => here(() => subscriber.error(error))),
              complete: () => line(() => here(() => subscriber.complete())),
            })
        },
        (error: unknown) => here(() => subscriber.error(error)),
      )
      return end
    })
  }

  /** In the past, a watch that begins with what there is begins with what there was. */
  async #from<T extends WithMeta>(
    kind: Kind<T>,
    { namespace, labelSelector, fieldSelector, resourceVersion }: WatchOptions,
    tell: (event: WatchEvent<WithMeta>) => void,
  ): Promise<{ resourceVersion?: string }> {
    const { cluster, views } = this.#ports
    if (resourceVersion !== undefined || views.asOf(kind) === undefined) return {}
    const scope = { namespace, labelSelector, fieldSelector }
    const then = await cluster.list(kind, this.#asSeen(kind, scope))
    for (const object of then.items) tell({ type: 'ADDED', object })
    return { resourceVersion: then.resourceVersion }
  }

  create<T extends WithMeta>(kind: Kind<T>, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#ask(
      { verb: 'create', kind, ref: refOf(object), body: object, ...asked(options) },
      (cluster) => cluster.create(kind, object, options),
    )
  }

  update<T extends WithMeta>(kind: Kind<T>, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#ask(
      { verb: 'update', kind, ref: refOf(object), body: object, ...asked(options) },
      (cluster) => cluster.update(kind, object, options),
    )
  }

  patch<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    const verb = patch.type === 'apply' ? 'apply' : 'patch'
    const body = patch.type === 'json' ? patch.operations : patch.body
    return this.#ask({ verb, kind, ref, body, ...asked(options) }, (cluster) =>
      cluster.patch(kind, ref, patch, options),
    )
  }

  remove<T extends WithMeta>(kind: Kind<T>, ref: Ref, options: RemoveOptions = {}): Promise<void> {
    return this.#ask({ verb: 'remove', kind, ref, body: options }, (cluster) =>
      cluster.remove(kind, ref, options),
    )
  }

  createSubresource<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    subresource: string,
    body: object,
  ): Promise<KubernetesObject> {
    return this.#ask({ verb: 'createSubresource', kind, ref, subresource, body }, (cluster) =>
      cluster.createSubresource(kind, ref, subresource, body),
    )
  }

  discover(): Promise<DiscoveredKind[]> {
    return this.#ask({ verb: 'discover' }, (cluster) => cluster.discover())
  }

  async #ask<R>(asked: Asked, run: (cluster: Cluster) => Promise<R>): Promise<R> {
    const { cluster, alive, within, breathe, network } = this.#ports
    if (!alive()) return forever()
    await breathe()
    const { request, fault } = this.#ports.asked(asked)
    const ask = () => within(request, () => run(cluster))
    const answer = network ? () => travelling(network, ask) : ask
    try {
      const answered = fault ? await this.#failed(fault, answer) : await answer()
      return alive() ? answered : forever()
    } catch (error) {
      if (alive()) throw error
      return forever()
    }
  }

  async #failed<R>(fault: Fault, answer: () => Promise<R>): Promise<R> {
    switch (fault.type) {
      case 'refuse':
        throw fault.error
      case 'lose':
        // Whether the server has refused it nobody will know.
        if (fault.applied) await answer().catch(() => {})
        throw new ConnectionError('the connection broke before the answer came')
      case 'crash':
        if (fault.applied) await answer().catch(() => {})
        this.#ports.crash()
        return forever()
      default:
        return fault satisfies never
    }
  }
}

const refOf = ({ metadata: { namespace, name } }: WithMeta): Partial<Ref> => ({
  ...(namespace !== undefined && { namespace }),
  ...(name !== undefined && { name }),
})

const asked = ({ subresource, fieldManager }: WriteOptions) => ({
  ...(subresource !== undefined && { subresource }),
  ...(fieldManager !== undefined && { fieldManager }),
})

/** What is under way arrives, whatever has become of the process meanwhile. */
async function travelling<R>(network: Network, ask: () => Promise<R>): Promise<R> {
  await network.delay()
  try {
    return await ask()
  } finally {
    await network.delay()
  }
}

const atOnce = (arrive: () => void): void => arrive()
