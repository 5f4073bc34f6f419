/**
 * A pod's resize: asks the node for what the spec asks for, brings what runs to what was granted, and tells how far that
 * is, in conditions and events as kubelet does. What may be granted is the node's to say.
 */

import { units } from '../../api/quantity.ts'
import type { Pod } from '../../api/types.ts'
import { RuntimeError } from '../runtime/runtime.ts'
import {
  Allocation,
  type Amounts,
  type Lag,
  needsRestart,
  type ResizeRefusal,
} from './allocation.ts'
import type { NodeContext } from './node-context.ts'
import { containerResources, limitOf } from './resources.ts'

export interface PodResizeOptions {
  node: NodeContext
  pod: Pod
  /** Why the node cannot hold the pod as it is given here. */
  refuse(pod: Pod): ResizeRefusal | undefined
  /** The pod holds less or more of the node than before. */
  granted(): void
}

/** What `decide` is to do about it. */
export interface ResizeWork {
  /** Limits of the pod or of running containers are to be changed. */
  due: boolean
  /** Ids of containers that asked to be restarted for it. */
  restart: ReadonlySet<string>
}

/** What the conditions say. */
export interface ResizeProgress {
  pending?: ResizeRefusal | undefined
  inProgress?: { error?: string | undefined } | undefined
}

/** Milliseconds after which a resize that did not fit is tried again without a reason. */
export const reconsiderEvery = 30_000

export class PodResize {
  readonly #options: PodResizeOptions
  readonly #allocation: Allocation
  /** From the grant until everything runs with it. */
  #underWay = false

  constructor(options: PodResizeOptions) {
    this.#options = options
    this.#allocation = new Allocation(options.pod, options.node.runtimeName)
  }

  /** The pod with the amounts it may run with. */
  get pod(): Pod {
    return this.#allocation.pod
  }

  update(pod: Pod): void {
    this.#allocation.update(pod)
  }

  /** A container has been started with these amounts. */
  started(name: string, id: string, amounts: Amounts | undefined): void {
    this.#allocation.gave(name, id, amounts)
  }

  amountsOf: Allocation['of'] = (container, id) => this.#allocation.of(container, id)

  get isDeferred(): boolean {
    return this.#allocation.refusal?.reason === 'Deferred'
  }

  /**
   * Asks for what the spec asks for, if it is something else, and tells when everything runs with it. Returns whether it
   * was granted just now.
   */
  consider(): boolean {
    const allocation = this.#allocation
    if (this.#underWay && this.#isDone()) {
      this.#underWay = false
      this.#say('Normal', 'ResizeCompleted', 'Pod resize completed')
    }
    if (!allocation.asksForOthers) return false
    const refusal = this.#options.refuse(allocation.wanted)
    if (!refusal) {
      allocation.grant()
      this.#underWay = true
      this.#say('Normal', 'ResizeStarted', 'Pod resize started')
      this.#options.granted()
      return true
    }
    const known = allocation.refusal
    allocation.refusal = refusal
    if (known?.reason !== refusal.reason || known.message !== refusal.message)
      this.#say(
        'Warning',
        `Resize${refusal.reason}`,
        `Pod resize ${refusal.reason}`,
        refusal.message,
      )
    return false
  }

  work(): ResizeWork {
    const { podLimits } = this.#allocation
    const lags = this.#lags()
    const restart = lags.filter(asksForRestart)
    const behind = podLimits === 'behind'
    return {
      due: behind || lags.length > restart.length || (podLimits === 'raised' && lags.length === 0),
      restart: new Set(behind ? [] : restart.map(({ instance }) => instance.id)),
    }
  }

  /** The limits of the pod grow first and shrink last: its containers' must never be above them. */
  async apply(): Promise<void> {
    const { runtime, files, limiter, settings } = this.#options.node
    const allocation = this.#allocation
    const { pod, grants } = allocation
    // Meanwhile something else may be granted: then all of it is to be done again.
    const isOld = () => allocation.grants !== grants
    const lags = this.#lags().filter((lag) => !asksForRestart(lag))
    await this.#refuseBelowUsage(lags)
    await files.resize(pod, 'raise')
    if (isOld()) return
    allocation.podLimits = 'raised'
    for (const { container, instance } of lags) {
      const resources = containerResources(pod, container, settings.machineMemoryBytes)
      await limiter.run(() => runtime.updateResources(instance.id, resources))
      allocation.gave(container.name, instance.id, container.resources)
    }
    if (isOld()) return
    allocation.error = undefined
    if (this.#lags().length > 0) return
    await files.resize(pod, 'settle')
    if (!isOld()) allocation.podLimits = 'settled'
  }

  failed({ message }: Error): void {
    const known = this.#allocation.error
    this.#allocation.error = message
    if (known !== message) this.#say('Warning', 'ResizeError', 'Pod resize error', message)
  }

  progress(): ResizeProgress {
    const { refusal, error } = this.#allocation
    return { pending: refusal, inProgress: this.#isDone() ? undefined : { error } }
  }

  #isDone(): boolean {
    return this.#allocation.podLimits === 'settled' && this.#lags().length === 0
  }

  #lags(): Lag[] {
    const { view } = this.#options.node
    return this.#allocation.lags(view.pod(this.pod.metadata.uid ?? ''))
  }

  /** The kernel would make room by killing. */
  async #refuseBelowUsage(lags: Lag[]): Promise<void> {
    const limit = (amounts: Amounts) => units(limitOf({ name: '', resources: amounts }, 'memory'))
    const lowered = lags.filter(({ has, container }) => {
      const next = limit(container.resources ?? {})
      return next > 0 && (limit(has) === 0 || next < limit(has))
    })
    if (lowered.length === 0) return
    const usage = await this.#options.node.runtime.usage()
    for (const { container, instance } of lowered) {
      const used = usage.find(({ containerId }) => containerId === instance.id)?.workingSetBytes
      const next = limit(container.resources ?? {})
      if (used !== undefined && used > next)
        throw new RuntimeError(
          'other',
          `attempting to set container ${JSON.stringify(container.name)} memory limit (${next}) below current usage (${used})`,
        )
    }
  }

  #say(type: 'Normal' | 'Warning', reason: string, prefix: string, error?: string): void {
    const { wanted } = this.#allocation
    const amounts = ({ name, resources = {} }: { name: string; resources?: Amounts }) => ({
      name,
      resources: { limits: resources.limits, requests: resources.requests },
    })
    const { initContainers = [], containers = [] } = wanted.spec ?? {}
    const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')
    const summary = {
      ...(sidecars.length > 0 ? { initContainers: sidecars.map(amounts) } : {}),
      containers: containers.map(amounts),
      generation: wanted.metadata.generation,
      ...(error === undefined ? {} : { error }),
    }
    const message = `${prefix}: ${JSON.stringify(summary)}`
    this.#options.node.events.record(wanted, { type, reason, message })
  }
}

const asksForRestart = ({ container, changed }: Lag): boolean => needsRestart(container, changed)
