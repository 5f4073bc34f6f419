/**
 * All pods of one node: a worker each, made when the API server says so or when the runtime still has something of a pod
 * that nobody knows. Refuses to clean up before it has heard both the API server and the runtime completely once.
 */

import type { Subscription } from 'rxjs'
import type { Pod } from '../../api/types.ts'
import type { Cancel } from '../../ports/clock.ts'
import { admit, meantForNode, refuseResize } from './admission.ts'
import type { NodeContext } from './node-context.ts'
import type { FoundPod, PodLookup } from './pod-lookup.ts'
import { PodWorker } from './pod-worker.ts'

/** Milliseconds between searches for what belongs to no pod. */
const housekeepingEvery = 30_000
/** Milliseconds until processors are shared anew after pods have come or gone. */
const balanceAfter = 200

export interface PodManagerOptions {
  node: NodeContext
  /** What has directories, logs or cgroups here, as pods of which only uid, namespace and name may be known. */
  leftovers(): Promise<Pod[]>
}

export class PodManager implements PodLookup {
  readonly #node: NodeContext
  readonly #leftovers: PodManagerOptions['leftovers']
  readonly #workers = new Map<string, PodWorker>()
  /** Pods that do not seem meant for this node, until its labels have been read again. */
  readonly #doubted = new Map<string, Pod>()
  #subscription: Subscription | undefined
  #cancelHousekeeping: Cancel = () => {}
  #synced = false
  #balancing = false
  #closed = false

  constructor({ node, leftovers }: PodManagerOptions) {
    this.#node = node
    this.#leftovers = leftovers
  }

  /** After the view has started. */
  start(): void {
    this.#subscription = this.#node.view.changes.subscribe((uid) => {
      const worker = this.#workers.get(uid)
      if (worker) worker.wake()
    })
  }

  close(): void {
    this.#closed = true
    this.#subscription?.unsubscribe()
    this.#cancelHousekeeping()
    for (const worker of this.#workers.values()) worker.close()
    this.#workers.clear()
  }

  /** A pod of this node, new or changed. */
  set(pod: Pod): void {
    const uid = pod.metadata.uid ?? ''
    const worker = this.#workers.get(uid)
    if (worker) worker.update(pod)
    else if (this.#doubted.has(uid)) this.#doubted.set(uid, pod)
    else this.#receive(pod)
  }

  /** The API server does not know it any more. */
  gone(pod: Pod): void {
    this.#doubted.delete(pod.metadata.uid ?? '')
    this.#workers.get(pod.metadata.uid ?? '')?.vanish()
  }

  /** The API server has named every pod of this node: these, and no other. */
  synced(uids: ReadonlySet<string>): void {
    for (const [uid, worker] of this.#workers) if (!uids.has(uid)) worker.vanish()
    for (const uid of this.#doubted.keys()) if (!uids.has(uid)) this.#doubted.delete(uid)
    if (this.#synced) return
    this.#synced = true
    this.#housekeep()
  }

  /** Pods that refer to an object which has changed. */
  objectsChanged(uids: Iterable<string>): void {
    for (const uid of uids) this.#workers.get(uid)?.objectsChanged()
  }

  evict(uid: string, message: string): void {
    this.#workers.get(uid)?.evict(message)
  }

  find(namespace: string, name: string, uid?: string): FoundPod | undefined {
    let found: PodWorker | undefined
    for (const worker of this.#workers.values()) {
      const { metadata } = worker.pod
      if (metadata.namespace !== namespace || metadata.name !== name) continue
      if (uid !== undefined && metadata.uid !== uid) continue
      // An older pod of the same name may still be ending.
      if (!found || worker.state.phase === 'active') found = worker
    }
    return found?.found()
  }

  all(): FoundPod[] {
    return [...this.#workers.values()].map((worker) => worker.found())
  }

  /** Pods that hold resources of the node. */
  active(): Pod[] {
    return [...this.#workers.values()]
      .filter(({ state, pod }) => {
        const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
        return !over && (state.phase === 'active' || state.phase === 'stopping')
      })
      .map(({ pod }) => pod)
  }

  /** A label may be newer than what is known here: before a pod is refused for one, they are read again. */
  #receive(pod: Pod): void {
    const { settings, onError } = this.#node
    if (!settings.readLabels || !pod.spec || meantForNode(pod, settings)) {
      this.#begin(pod)
      return
    }
    const uid = pod.metadata.uid ?? ''
    this.#doubted.set(uid, pod)
    settings
      .readLabels()
      .catch(onError)
      .finally(() => {
        const latest = this.#doubted.get(uid)
        this.#doubted.delete(uid)
        if (latest && !this.#closed) this.#begin(latest)
      })
  }

  #begin(pod: Pod): PodWorker {
    const { settings, view } = this.#node
    const uid = pod.metadata.uid ?? ''
    const { sandboxes, containers } = view.pod(uid)
    const begun = sandboxes.length + containers.length > 0 || pod.status?.startTime !== undefined
    const refused = begun ? undefined : admit(pod, this.active(), settings)
    const worker = new PodWorker({
      node: this.#node,
      pod,
      refused,
      refuseResize: (wanted) => refuseResize(wanted, this.#others(uid), settings),
      onResized: () => this.#balance(),
      onGone: () => {
        this.#workers.delete(uid)
        this.#balance()
      },
    })
    this.#workers.set(uid, worker)
    this.#balance()
    return worker
  }

  #others(uid: string): Pod[] {
    return this.active().filter(({ metadata }) => metadata.uid !== uid)
  }

  /** Soon, once for many changes: pods hold other amounts of the node than before. */
  #balance(): void {
    if (this.#balancing || this.#closed) return
    this.#balancing = true
    const { clock, files, onError } = this.#node
    clock.after(balanceAfter, () => {
      this.#balancing = false
      for (const worker of this.#workers.values()) worker.reconsider()
      if (!this.#closed) files.balance(this.active()).catch(onError)
    })
  }

  #housekeep(): void {
    if (this.#closed) return
    this.#removeOrphans()
      .catch(this.#node.onError)
      .finally(() => {
        this.#cancelHousekeeping = this.#node.clock.after(housekeepingEvery, () =>
          this.#housekeep(),
        )
      })
  }

  async #removeOrphans(): Promise<void> {
    const { view } = this.#node
    for (const uid of view.uids())
      if (!this.#workers.has(uid)) this.#removeOrphan(orphan(view.pod(uid), uid))
    for (const pod of await this.#leftovers())
      if (!this.#workers.has(pod.metadata.uid ?? '')) this.#removeOrphan(pod)
  }

  #removeOrphan(pod: Pod): void {
    if (!pod.metadata.uid || this.#closed) return
    this.#begin(pod).vanish()
  }
}

/** As much of a pod as its sandboxes and containers tell. */
function orphan(
  { sandboxes, containers }: ReturnType<NodeContext['view']['pod']>,
  uid: string,
): Pod {
  const identity = sandboxes[0]?.pod
  const labels = containers[0]?.labels
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      uid,
      namespace: identity?.namespace ?? labels?.['io.kubernetes.pod.namespace'],
      name: identity?.name ?? labels?.['io.kubernetes.pod.name'],
    },
  }
}
