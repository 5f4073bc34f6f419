/** The probes of all running containers of a pod: begun with an instance, ended with it. */

import type { Pod } from '../../api/types.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import type { ContainerTries } from './decide.ts'
import { containerPath } from './events.ts'
import type { NodeContext } from './node-context.ts'
import { allContainers } from './pod-progress.ts'
import { ContainerProbes } from './probes.ts'

export interface ProbeVerdict {
  id: string
  started: boolean
  unhealthy: ContainerTries['unhealthy']
}

export class PodProbes {
  readonly #node: NodeContext
  readonly #changed: () => void
  /** By the runtime's id. */
  readonly #probes = new Map<string, { name: string; probes: ContainerProbes }>()

  constructor(node: NodeContext, changed: () => void) {
    this.#node = node
    this.#changed = changed
  }

  /** @param starting whether the container's postStart hook may still be running */
  follow(
    pod: Pod,
    containers: readonly RuntimeContainer[],
    ip: string,
    starting: (name: string) => boolean,
  ): void {
    const running = new Set<string>()
    for (const instance of containers) {
      if (instance.state !== 'running') continue
      running.add(instance.id)
      if (!this.#probes.has(instance.id) && !starting(instance.name)) this.#begin(pod, instance, ip)
    }
    for (const [id, { probes }] of this.#probes)
      if (!running.has(id)) {
        probes.stop()
        this.#probes.delete(id)
      }
  }

  verdict(name: string): ProbeVerdict | undefined {
    for (const [id, entry] of this.#probes) {
      if (entry.name !== name) continue
      const { failed, started } = entry.probes
      return { id, started, unhealthy: failed && { id, probe: failed, ...this.#grace(entry.name) } }
    }
    return undefined
  }

  ready(id: string): boolean {
    return this.#probes.get(id)?.probes.ready ?? false
  }

  /** The pod is ending: what can still serve is told, nothing is killed for it any more. */
  probeReadinessAlone(): void {
    for (const { probes } of this.#probes.values()) probes.probeReadinessAlone()
  }

  trigger(): void {
    for (const { probes } of this.#probes.values()) probes.trigger()
  }

  close(): void {
    for (const { probes } of this.#probes.values()) probes.stop()
    this.#probes.clear()
  }

  readonly #graces = new Map<string, number>()

  #grace(name: string): { graceSeconds?: number } {
    const graceSeconds = this.#graces.get(name)
    return graceSeconds === undefined ? {} : { graceSeconds }
  }

  #begin(pod: Pod, instance: RuntimeContainer, ip: string): void {
    const container = allContainers(pod).find(({ name }) => name === instance.name)
    if (!container) return
    const own =
      container.livenessProbe?.terminationGracePeriodSeconds ??
      container.startupProbe?.terminationGracePeriodSeconds
    if (own !== undefined) this.#graces.set(container.name, own)
    const { clock, prober, events, onError, runtimeName } = this.#node
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
    const before = [...initContainerStatuses, ...containerStatuses].find(
      ({ containerID }) => containerID === `${runtimeName}://${instance.id}`,
    )
    const fieldPath = containerPath(pod, container.name)
    const probes = new ContainerProbes({
      pod,
      container,
      instance,
      ip,
      clock,
      prober,
      known: { started: before?.started ?? false, ready: before?.ready ?? false },
      changed: this.#changed,
      report: (event) => events.record(pod, { ...event, fieldPath }),
      onError,
    })
    this.#probes.set(instance.id, { name: container.name, probes })
  }
}
