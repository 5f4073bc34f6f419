/**
 * What a worker knows of a pod's containers beyond what runs: what was tried, what probes say, what was said last. It
 * only takes note; deciding is `decide`'s, showing is `podStatus`'.
 */

import type { Pod } from '../../api/types.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import type { PodView } from '../runtime/runtime-view.ts'
import { type ContainerTries, newest } from './decide.ts'
import { containerPath } from './events.ts'
import { podIPs } from './field-ref.ts'
import type { NodeContext } from './node-context.ts'
import { ContainerMemory, knownAttempts } from './pod-memory.ts'
import { PodProbes } from './pod-probes.ts'
import {
  allContainers,
  ephemeralContainers,
  findContainer,
  initContainers,
  mayRestart,
} from './pod-progress.ts'
import { TerminationMessages } from './termination-messages.ts'

export class PodEvidence {
  readonly #node: NodeContext
  readonly #memories = new Map<string, ContainerMemory>()
  readonly #probes: PodProbes
  readonly #messages: TerminationMessages

  constructor(node: NodeContext, changed: () => void) {
    this.#node = node
    this.#probes = new PodProbes(node, changed)
    this.#messages = new TerminationMessages(node.files, changed, node.onError)
  }

  close(): void {
    this.#probes.close()
  }

  /**
   * @param active the pod is not being stopped: only then are containers restarted
   * @param starting whether a container is still being started
   */
  observe(pod: Pod, view: PodView, active: boolean, starting: (name: string) => boolean): void {
    this.#noteEnds(pod, view, active)
    const { hostIPs } = this.#node.settings
    const [ip = ''] = podIPs(pod, view.sandboxes[0], hostIPs)
    const inHook = (name: string) =>
      starting(name) &&
      allContainers(pod).some((one) => one.name === name && one.lifecycle?.postStart)
    this.#probes.follow(pod, view.containers, ip, inHook)
    for (const { name } of allContainers(pod)) {
      const memory = this.memory(pod, name)
      const verdict = this.#probes.verdict(name)
      memory.unhealthy = verdict?.unhealthy
      if (verdict?.started) memory.startedId = verdict.id
    }
  }

  #noteEnds(pod: Pod, view: PodView, active: boolean): void {
    const { clock, events } = this.#node
    const { name, namespace, uid } = pod.metadata
    for (const container of ephemeralContainers(pod)) {
      const ended = newest(view, container.name)
      if (ended?.state === 'exited') this.#messages.want(pod, container, ended)
    }
    for (const container of allContainers(pod)) {
      const current = newest(view, container.name)
      if (current?.state !== 'exited') continue
      this.#messages.want(pod, container, current)
      const init = initContainers(pod).includes(container)
      if (!active || !mayRestart(pod, container, init, current.exitCode)) continue
      if (this.memory(pod, container.name).ended(pod, current, clock.now()))
        events.record(pod, {
          type: 'Warning',
          reason: 'BackOff',
          message: `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${uid})`,
          fieldPath: containerPath(pod, container.name),
        })
    }
  }

  memory(pod: Pod, name: string): ContainerMemory {
    const known = this.#memories.get(name)
    if (known) return known
    const container = findContainer(pod, name) ?? { name }
    const memory = new ContainerMemory(container)
    this.#memories.set(name, memory)
    return memory
  }

  tries(pod: Pod, name: string): ContainerTries {
    return this.memory(pod, name).tries(knownAttempts(pod, name))
  }

  /** When containers may be started again, in milliseconds since the epoch. */
  moments(): number[] {
    return [...this.#memories.values()].map(({ notBefore }) => notBefore)
  }

  /** What containers lacked may be there now. */
  retryNow(): void {
    for (const memory of this.#memories.values()) memory.retryNow()
  }

  /** The pod is ending: it serves as long as it is ready, and nothing is killed for it any more. */
  probeReadinessAlone(): void {
    this.#probes.probeReadinessAlone()
  }

  /** Something has changed about the pod: those that are not ready are asked again. */
  triggerProbes(): void {
    this.#probes.trigger()
  }

  passesReadiness(id: string): boolean {
    return this.#probes.ready(id)
  }

  terminationMessage(id: string): string {
    return this.#messages.get(id)
  }

  /** Last words are still being read: a status now would lack them. */
  isIncomplete(containers: readonly RuntimeContainer[]): boolean {
    return this.#messages.pending(containers)
  }
}
