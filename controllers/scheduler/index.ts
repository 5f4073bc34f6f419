/**
 * Finds a node for every pod that has none and asks for this scheduler. It decides one pod at a time on what it knows and
 * has decided before, and binds many at once; a pod that nothing fits learns why, in its condition and in an event. It
 * evicts nobody.
 */

import type { Node as NodeObject, Pod as PodObject } from '../../api/types.ts'
import { type Clock, time } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import {
  type Change,
  type Cluster,
  Informers,
  isConflict,
  isNotFound,
  Namespace,
  Node,
  objectVersion,
  onAccountOf,
  Pod,
  type Recorder,
  recorder,
} from '../framework/index.ts'
import { ClusterState } from './cluster-state.ts'
import { Cycle } from './cycle.ts'
import { nodeEvents, pendingPodChanged, placedPodChanged } from './events.ts'
import type { NodeInfo } from './node-info.ts'
import type { Plugin } from './plugin.ts'
import { defaultPlugins } from './plugins/index.ts'
import { podInfo } from './pod-info.ts'
import { type QueuedPod, SchedulingQueue } from './scheduling-queue.ts'

export interface SchedulerOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** Ends it: nothing more is placed, and what is under way is awaited by `done`. */
  signal: AbortSignal
  /** Shared with others; its own otherwise. */
  informers?: Informers
  /** Pods that ask for this one (`default-scheduler`). */
  name?: string
  /** Writes under way at once (64). */
  concurrency?: number
  plugins?: readonly Plugin[]
}

export interface SchedulerMeasures {
  active: number
  backoff: number
  unschedulable: number
  gated: number
  /** Bindings and conditions under way. */
  writing: number
  /** Since it started. */
  placed: number
  refused: number
  /** Conditions that could not be written. */
  untold: number
}

export interface RunningScheduler {
  /** Resolves when nodes and pods have been listed and placing begins. */
  readonly ready: Promise<void>
  /** Resolves when `signal` has aborted and everything has come to rest. */
  readonly done: Promise<void>
  measure(): SchedulerMeasures
}

/** Starts at once. */
export function startScheduler(options: SchedulerOptions): RunningScheduler {
  return new Scheduler(options)
}

/** Pods placed, and milliseconds spent, before everything else gets its turn. */
const podsPerTurn = 64
const turn = 8

class Scheduler implements RunningScheduler {
  readonly ready: Promise<void>
  readonly done: Promise<void>
  readonly #options: Required<Pick<SchedulerOptions, 'name' | 'concurrency'>> & SchedulerOptions
  readonly #informers: Informers
  readonly #recorder: Recorder
  readonly #state = new ClusterState()
  readonly #queue: SchedulingQueue
  readonly #cycle: Cycle
  readonly #writes = new Set<Promise<void>>()
  #running = false
  #scheduled = false
  #placed = 0
  #refused = 0
  #untold = 0

  constructor(options: SchedulerOptions) {
    const { cluster, clock, random, name = 'default-scheduler', concurrency = 64 } = options
    this.#options = { ...options, name, concurrency }
    this.#informers = options.informers ?? new Informers({ cluster, clock, random })
    this.#recorder = recorder({ cluster, clock, random, component: name })
    this.#queue = new SchedulingQueue({ clock, onActive: () => this.#wake() })
    this.#cycle = new Cycle(options.plugins ?? defaultPlugins, random)
    this.ready = this.#start()
    this.ready.catch(() => {})
    this.done = this.#end()
  }

  measure(): SchedulerMeasures {
    return {
      ...this.#queue.sizes,
      writing: this.#writes.size,
      placed: this.#placed,
      refused: this.#refused,
      untold: this.#untold,
    }
  }

  async #start(): Promise<void> {
    const { signal } = this.#options
    const namespaces = this.#informers.of(Namespace)
    const nodes = this.#informers.of(Node)
    const pods = this.#informers.of(Pod)
    const subscriptions = [
      namespaces.changes$.subscribe((change) => {
        if (change.type === 'deleted') this.#state.removeNamespace(change.object)
        else this.#state.setNamespace(change.object)
        if (change.type !== 'added' || !change.initial) this.#queue.happened('namespace-changed')
      }),
      nodes.changes$.subscribe((change) => this.#nodeChanged(change)),
      pods.changes$.subscribe((change) => this.#podChanged(change)),
    ]
    const unsubscribe = () => {
      for (const subscription of subscriptions) subscription.unsubscribe()
    }
    if (signal.aborted) unsubscribe()
    else signal.addEventListener('abort', unsubscribe, { once: true })
    await Promise.all([namespaces, nodes, pods].map((informer) => informer.whenSynced(signal)))
    this.#running = true
    this.#wake()
  }

  async #end(): Promise<void> {
    const { signal, informers } = this.#options
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.#running = false
    this.#queue.stop()
    await Promise.all(this.#writes)
    await this.#recorder.stop()
    if (!informers) this.#informers.stop()
  }

  #nodeChanged(change: Change<NodeObject>): void {
    switch (change.type) {
      case 'added':
        this.#state.setNode(change.object)
        this.#queue.happened('node-added')
        break
      case 'updated':
        this.#state.setNode(change.object)
        for (const event of nodeEvents(change.previous, change.object)) this.#queue.happened(event)
        break
      case 'deleted':
        this.#state.removeNode(change.object)
        break
      default:
        change satisfies never
    }
  }

  #podChanged(change: Change<PodObject>): void {
    const { object } = change
    const { uid = '' } = object.metadata
    const finished = object.status?.phase === 'Succeeded' || object.status?.phase === 'Failed'
    if (change.type === 'deleted' || finished) {
      this.#queue.delete(uid)
      if (this.#state.removePod(uid)) this.#queue.happened('pod-removed')
      return
    }
    const previous = change.type === 'updated' ? change.previous : undefined
    if (object.spec?.nodeName) this.#podPlaced(object, previous)
    else this.#podPending(object, previous)
  }

  #podPlaced(pod: PodObject, previous: PodObject | undefined): void {
    const { uid = '' } = pod.metadata
    this.#queue.delete(uid)
    if (previous?.spec?.nodeName) {
      if (!placedPodChanged(previous, pod)) return
      this.#state.setPod(pod)
      this.#queue.happened('pod-changed')
      return
    }
    this.#state.setPod(pod)
    this.#queue.happened('pod-placed')
  }

  #podPending(pod: PodObject, previous: PodObject | undefined): void {
    const { uid = '', deletionTimestamp } = pod.metadata
    if ((pod.spec?.schedulerName ?? 'default-scheduler') !== this.#options.name) return
    if (this.#state.isAssumed(uid)) return
    if (deletionTimestamp) {
      this.#queue.delete(uid)
      return
    }
    const info = podInfo(pod)
    if (previous && !pendingPodChanged(previous, pod)) this.#queue.refresh(info)
    else this.#queue.put(info)
  }

  #wake(): void {
    if (this.#scheduled || !this.#running) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#placeSome()
    })
  }

  #placeSome(): void {
    const { clock, concurrency } = this.#options
    const end = clock.monotonic() + turn
    for (let count = 0; count < podsPerTurn && this.#running; count++) {
      if (this.#writes.size >= concurrency) return
      const queued = this.#queue.take()
      if (!queued) return
      const { pod } = queued.info
      const account = { by: 'scheduler', for: objectVersion(Pod, pod), because: [] }
      onAccountOf(account, () => this.#placeOne(queued))
      if (clock.monotonic() >= end) break
    }
    this.#wake()
  }

  #placeOne(queued: QueuedPod): void {
    const placement = this.#cycle.place(queued.info, this.#state)
    if (placement.found) {
      this.#state.assume(queued.info, placement.node.name)
      this.#write(this.#bind(queued, placement.node))
      return
    }
    this.#refused++
    const { pod } = queued.info
    this.#queue.failed(queued, placement.rejectedBy)
    this.#write(this.#tellWhy(pod, 'Unschedulable', placement.message))
  }

  /** Counts a write as under way until it has ended; it must not reject. */
  #write(work: Promise<void>): void {
    const write = work.finally(() => {
      this.#writes.delete(write)
      this.#wake()
    })
    this.#writes.add(write)
  }

  async #bind(queued: QueuedPod, node: NodeInfo): Promise<void> {
    const { pod, uid } = queued.info
    const { namespace = '', name = '' } = pod.metadata
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { namespace, name, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node.name },
    }
    try {
      await this.#options.cluster.createSubresource(Pod, { namespace, name }, 'binding', binding)
    } catch (error) {
      return this.#unbound(queued, error)
    }
    this.#placed++
    this.#recorder.record(pod, {
      type: 'Normal',
      reason: 'Scheduled',
      action: 'Binding',
      message: `Successfully assigned ${namespace}/${name} to ${node.name}`,
    })
  }

  /** The place is free again, unless the pod has been seen on a node meanwhile. */
  async #unbound(queued: QueuedPod, error: unknown): Promise<void> {
    const { uid, pod } = queued.info
    if (!this.#state.isAssumed(uid)) return
    this.#state.removePod(uid)
    this.#queue.happened('pod-removed')
    if (isNotFound(error)) return this.#queue.delete(uid)
    this.#queue.failed(queued, new Set(), { again: true })
    // Somebody else has changed or bound it: the informer will tell.
    if (isConflict(error) || this.#options.signal.aborted) return
    const text = error instanceof Error ? error.message : String(error)
    await this.#tellWhy(pod, 'SchedulerError', `binding rejected: ${text}`)
  }

  /** Into the pod's condition, if it does not stand there, and into an event. */
  async #tellWhy(pod: PodObject, reason: string, message: string): Promise<void> {
    const { clock, cluster, signal } = this.#options
    this.#recorder.record(pod, {
      type: 'Warning',
      reason: 'FailedScheduling',
      action: 'Scheduling',
      message,
    })
    const current = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
    if (current?.status === 'False' && current.reason === reason && current.message === message)
      return
    const now = time(clock.now())
    const lastTransitionTime =
      current?.status === 'False' ? (current.lastTransitionTime ?? now) : now
    const condition = { type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime }
    const { namespace = '', name = '', uid, resourceVersion } = pod.metadata
    // Somebody else may have bound it meanwhile: then this is not true any more.
    const body = { metadata: { uid, resourceVersion }, status: { conditions: [condition] } }
    try {
      await cluster.patch(
        Pod,
        { namespace, name },
        { type: 'strategic', body },
        { subresource: 'status' },
      )
    } catch (error) {
      if (isNotFound(error) || signal.aborted) return
      if (!isConflict(error)) this.#untold++
      this.#queue.untold(uid ?? '')
    }
  }
}
