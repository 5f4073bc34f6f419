/**
 * With how much the containers of a pod may run: what the spec asked for when the node last agreed, kept while it asks for
 * more than the node has. What instances run with may lag behind; the API server's status remembers it over a restart.
 */

import { milliUnits } from '../../api/quantity.ts'
import type { Container, Pod } from '../../api/types.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import type { PodView } from '../runtime/runtime-view.ts'
import { newest } from './decide.ts'
import { allContainers } from './pod-progress.ts'

export type Amounts = NonNullable<Container['resources']>

/** Why what the spec asks for is not given: never, or not now. */
export interface ResizeRefusal {
  reason: 'Infeasible' | 'Deferred'
  message: string
}

/** What may change while a container runs. */
const resizable = ['cpu', 'memory'] as const
type Resizable = (typeof resizable)[number]
const bounds = ['requests', 'limits'] as const

/** A request that is not named is the limit's. */
function amountOf(amounts: Amounts, bound: (typeof bounds)[number], name: Resizable): number {
  const own = (map: Amounts['limits']) => (map && Object.hasOwn(map, name) ? map[name] : undefined)
  return milliUnits(own(amounts[bound]) ?? (bound === 'requests' ? own(amounts.limits) : undefined))
}

/** Which resources two sets of amounts differ in. */
export const differences = (a: Amounts = {}, b: Amounts = {}): Resizable[] =>
  resizable.filter((name) =>
    bounds.some((bound) => amountOf(a, bound, name) !== amountOf(b, bound, name)),
  )

const sameAmounts = (a: Amounts | undefined, b: Amounts | undefined): boolean =>
  differences(a, b).length === 0

/** Whether a change of these amounts is one that the container asked to be restarted for. */
export const needsRestart = ({ resizePolicy = [] }: Container, changed: Resizable[]): boolean =>
  resizePolicy.some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' && changed.some((name) => name === resourceName),
  )

/** How far the limits of the pod as a whole have followed: they grow before its containers do, and shrink after. */
type PodLimits = 'behind' | 'raised' | 'settled'

/** What a container runs with that does not run with what it may. */
export interface Lag {
  container: Container
  instance: RuntimeContainer
  has: Amounts
  changed: Resizable[]
}

export class Allocation {
  readonly #scheme: string
  /** By container; only where it is not what the spec asks for. */
  readonly #granted = new Map<string, Amounts>()
  /** What the newest instance of each container was made or changed to run with. */
  readonly #given = new Map<string, { id: string; amounts: Amounts }>()
  /** The pod with what it may run with. */
  pod: Pod
  /** The pod as the API server has it. */
  #wanted: Pod
  refusal: ResizeRefusal | undefined
  /** Why the last attempt to change what runs has failed. */
  error: string | undefined
  podLimits: PodLimits = 'settled'
  /** How often something was granted. */
  grants = 0

  /** @param runtimeName the scheme of container ids */
  constructor(pod: Pod, runtimeName: string) {
    this.#scheme = `${runtimeName}://`
    this.#wanted = pod
    this.pod = pod
    for (const { name, resources } of pod.status?.startTime ? allContainers(pod) : []) {
      const known = statusOf(pod, name)?.resources
      if (known && !sameAmounts(known, resources)) this.#granted.set(name, known)
    }
    this.pod = this.#granting(pod)
  }

  /** The pod as the API server has it now. */
  update(pod: Pod): void {
    this.#wanted = pod
    this.pod = this.#granting(pod)
  }

  get wanted(): Pod {
    return this.#wanted
  }

  /** The spec asks for other amounts than it was granted. */
  get asksForOthers(): boolean {
    return this.#granted.size > 0
  }

  /** The spec as it came last is what its containers may run with. */
  grant(): void {
    this.grants++
    this.#granted.clear()
    this.refusal = undefined
    this.error = undefined
    this.podLimits = 'behind'
    this.pod = this.#wanted
  }

  /** An instance runs with these amounts. */
  gave(name: string, id: string, amounts: Amounts | undefined): void {
    this.#given.set(name, { id, amounts: amounts ?? {} })
  }

  /** What an instance runs with. */
  of({ name, resources = {} }: Container, id: string): Amounts {
    const given = this.#given.get(name)
    if (given?.id === id) return given.amounts
    const told = statusOf(this.#wanted, name)
    return (told?.containerID === this.#scheme + id && told.resources) || resources
  }

  /** Running containers that do not run with what they may. */
  lags(view: PodView): Lag[] {
    return allContainers(this.pod).flatMap((container) => {
      const instance = newest(view, container.name)
      if (instance?.state !== 'running') return []
      const has = this.of(container, instance.id)
      const changed = differences(has, container.resources)
      return changed.length > 0 ? [{ container, instance, has, changed }] : []
    })
  }

  /** Keeps amounts that were granted before; those that the new spec agrees with need no keeping. */
  #granting(pod: Pod): Pod {
    for (const { name, resources } of allContainers(pod)) {
      const old = this.#granted.get(name) ?? allContainers(this.pod).find(byName(name))?.resources
      if (sameAmounts(old ?? resources, resources)) this.#granted.delete(name)
      else this.#granted.set(name, old ?? {})
    }
    if (this.#granted.size === 0) {
      this.refusal = undefined
      return pod
    }
    return this.#substituted(pod)
  }

  #substituted(pod: Pod): Pod {
    const spec = structuredClone(pod.spec)
    for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
      const granted = this.#granted.get(container.name)
      if (granted) container.resources = granted
    }
    return { ...pod, spec }
  }
}

const byName = (name: string) => (one: { name: string }) => one.name === name

function statusOf({ status }: Pod, name: string) {
  const { containerStatuses = [], initContainerStatuses = [] } = status ?? {}
  return [...initContainerStatuses, ...containerStatuses].find(byName(name))
}
