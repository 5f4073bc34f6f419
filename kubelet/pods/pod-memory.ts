/**
 * What a worker remembers of one container beside what runs: failures to start it, crashes, and what its probes say.
 * Lost with the agent, as kubelet's is: a restarted agent begins with the benefit of the doubt.
 */

import type { Container, Pod } from '../../api/types.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import { type BackOff, crashRule, longer, noBackOff, waitUntil } from './back-off.ts'
import type { ContainerTries } from './decide.ts'

export interface Waiting {
  reason: string
  message: string
}

export class ContainerMemory {
  readonly #container: Container
  /** The id of the last ended instance whose end has been reckoned with. */
  #reckoned: string | undefined
  /** The id of the last ended instance that another was started in the place of. */
  #replaced: string | undefined
  #crashes: BackOff = noBackOff
  #notBefore = 0
  waiting: Waiting | undefined
  /** Milliseconds to wait before the restart of this ended instance, told once. */
  unhealthy: ContainerTries['unhealthy']
  startedId: string | undefined
  owedFor: string | undefined

  constructor(container: Container) {
    this.#container = container
  }

  get notBefore(): number {
    return this.#notBefore
  }

  /** The container has ended and will run again: not before its back-off. Returns whether that is news. */
  ended(pod: Pod, last: RuntimeContainer, now: number): boolean {
    if (this.#reckoned === last.id) return false
    this.#reckoned = last.id
    this.startedId = undefined
    this.#notBefore = waitUntil(this.#crashes, crashRule, last.finishedAt || now)
    if (this.#notBefore <= now) {
      this.waiting = undefined
      return false
    }
    const seconds = Math.round(this.#crashes.delay / 1000)
    const span = seconds >= 60 ? `${Math.floor(seconds / 60)}m${seconds % 60}s` : `${seconds}s`
    const { name, namespace, uid } = pod.metadata
    this.waiting = {
      reason: 'CrashLoopBackOff',
      message: `back-off ${span} restarting failed container=${this.#container.name} pod=${name}_${namespace}(${uid})`,
    }
    return true
  }

  /** The instance with this id is ended only for another to take its place: until then the container is not over. */
  owe(id: string): void {
    this.owedFor = id
    this.waiting = { reason: 'ContainerCreating', message: 'is made anew for its changed spec' }
  }

  /** A new instance is about to be started in the place of an ended one. */
  restarting(last: RuntimeContainer, now: number): void {
    if (this.#replaced === last.id) return
    this.#replaced = last.id
    const since = last.finishedAt || now
    const fresh = since - this.#crashes.at > crashRule.forgetAfter
    this.#crashes = { ...longer(fresh ? noBackOff : this.#crashes, crashRule, now), at: now }
  }

  couldNotStart(reason: string, message: string, retryAt: number): void {
    this.waiting = { reason, message }
    this.#notBefore = retryAt
  }

  /** The instance with this id; it may have ended already. */
  hasStarted(id: string): void {
    if (this.#reckoned === id) return
    this.waiting = undefined
    this.#notBefore = 0
  }

  /** What it lacked may be there now. */
  retryNow(): void {
    if (this.waiting?.reason === 'CreateContainerConfigError') this.#notBefore = 0
  }

  /** @param attempts that only the API server remembers */
  tries(attempts: number): ContainerTries {
    const { unhealthy, startedId, owedFor } = this
    return { notBefore: this.#notBefore, unhealthy, startedId, owedFor, attempts }
  }
}

/** How often the API server says a container has been started, when the runtime has forgotten. */
export function knownAttempts(pod: Pod, name: string): number {
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = pod.status ?? {}
  const status = [
    ...initContainerStatuses,
    ...containerStatuses,
    ...ephemeralContainerStatuses,
  ].find((one) => one.name === name)
  return status?.containerID ? status.restartCount + 1 : 0
}
