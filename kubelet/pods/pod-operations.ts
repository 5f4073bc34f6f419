/**
 * The actions that `decide` names, done: each one call or a few to the runtime, the volumes and the API server, and the
 * events people read about them. Remembers nothing; what fails is told by the error.
 */

import type { Container, Pod } from '../../api/types.ts'
import { ApiError, type EventText, Pod as PodKind } from '../../controllers/framework/index.ts'
import type { Cancel } from '../../ports/clock.ts'
import { ImageError } from '../images/images.ts'
import type { RuntimeContainer, Sandbox } from '../runtime/runtime.ts'
import { VolumeError } from '../volumes/volume.ts'
import { containerConfig } from './container-config.ts'
import type { KillReason } from './decide.ts'
import { ConfigError, environment } from './environment.ts'
import { containerPath } from './events.ts'
import { FieldRefError, type NodeFacts } from './field-ref.ts'
import { runHook } from './hooks.ts'
import type { NodeContext } from './node-context.ts'
import { allContainers } from './pod-progress.ts'
import { sandboxConfig } from './sandbox-config.ts'

/** A container could not be started; the reason is what its status shows. */
export class StartError extends Error {
  override name = 'StartError'
  readonly reason: string
  /** Milliseconds since the epoch: not before it. */
  readonly retryAt: number
  constructor(reason: string, message: string, retryAt: number) {
    super(message)
    this.reason = reason
    this.retryAt = retryAt
  }
}

/** Where a pod is, for its fields and probes. */
export function podIPs(pod: Pod, sandbox: Sandbox | undefined, hostIPs: string[]): string[] {
  return pod.spec?.hostNetwork ? hostIPs : (sandbox?.ips ?? [])
}

/** Milliseconds after which a container that could not be configured or created is tried again. */
const retryAfter = 10_000
/** Seconds that a container has for its end after a preStop hook, whatever the hook took. */
const leastGrace = 2

export class PodOperations {
  readonly #node: NodeContext

  constructor(node: NodeContext) {
    this.#node = node
  }

  facts(pod: Pod, sandbox: Sandbox | undefined): NodeFacts {
    const { hostIPs, allocatable } = this.#node.settings
    return { hostIPs, podIPs: podIPs(pod, sandbox, hostIPs), allocatable }
  }

  async mountVolumes(pod: Pod): Promise<void> {
    const { volumes, files, events } = this.#node
    try {
      await files.prepare(pod)
      await volumes.mount(pod, this.facts(pod, undefined))
    } catch (error) {
      const reason = error instanceof VolumeError ? 'FailedMount' : 'FailedCreatePodContainer'
      events.record(pod, { type: 'Warning', reason, message: (error as Error).message })
      throw error
    }
  }

  async runSandbox(pod: Pod, attempt: number): Promise<void> {
    const { runtime, view, limiter, events, settings } = this.#node
    try {
      const config = sandboxConfig({ ...settings, pod, attempt })
      const id = await limiter.run(() => runtime.runSandbox(config))
      await view.refreshSandbox(id)
    } catch (error) {
      const message = `Failed to create pod sandbox: ${(error as Error).message}`
      events.record(pod, { type: 'Warning', reason: 'FailedCreatePodSandBox', message })
      await view.relist()
      throw error
    }
  }

  async stopSandbox(id: string): Promise<void> {
    const { runtime, view, limiter } = this.#node
    await limiter.run(() => runtime.stopSandbox(id))
    await view.refresh(id)
  }

  /** Its containers go with it. */
  async removeSandbox(id: string, containers: readonly RuntimeContainer[]): Promise<void> {
    const { runtime, view, limiter } = this.#node
    await limiter.run(() => runtime.removeSandbox(id))
    await Promise.all([
      view.refresh(id),
      ...containers.filter(({ sandboxId }) => sandboxId === id).map(({ id }) => view.refresh(id)),
    ])
  }

  async removeContainer(pod: Pod, container: RuntimeContainer): Promise<void> {
    const { runtime, view, limiter, files } = this.#node
    await limiter.run(() => runtime.removeContainer(container.id))
    if (container.state !== 'created')
      await files.removeLogs(pod, container.name, container.attempt)
    await view.refresh(container.id)
  }

  /** Resolves when the container runs and its postStart hook has passed; rejects with `StartError`. */
  async start(
    pod: Pod,
    container: Container,
    attempt: number,
    sandbox: Sandbox,
    signal: AbortSignal,
  ): Promise<void> {
    const { runtime, view, limiter } = this.#node
    const say = this.#sayer(pod, container.name)
    // A pull may take long; a pod that is to stop does not wait for it.
    const image = await unlessAborted(this.#image(pod, container, say), signal)
    const config = await this.#configured(pod, container, attempt, sandbox, image, say)
    const whole = sandboxConfig({ ...this.#node.settings, pod, attempt: sandbox.attempt })
    const retryAt = () => this.#node.clock.now() + retryAfter
    await limiter.run(async () => {
      signal.throwIfAborted()
      let id: string
      try {
        id = await runtime.createContainer(sandbox.id, config, whole)
      } catch (error) {
        await view.relist()
        say('Warning', 'Failed', `Error: ${(error as Error).message}`)
        throw new StartError('CreateContainerError', (error as Error).message, retryAt())
      }
      say('Normal', 'Created', `Created container: ${container.name}`)
      try {
        await runtime.startContainer(id)
      } catch (error) {
        await view.relist()
        say('Warning', 'Failed', `Error: ${(error as Error).message}`)
        throw new StartError('RunContainerError', (error as Error).message, retryAt())
      }
      say('Normal', 'Started', `Started container ${container.name}`)
      await view.refreshContainer(id)
      await this.#postStart(pod, container, id, sandbox, say)
    })
  }

  async #image(pod: Pod, container: Container, say: Say) {
    try {
      return await this.#node.images.ensure(pod, container, ({ type, reason, message }) =>
        say(type, reason, message),
      )
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
      say('Warning', 'Failed', `Error: ${error.reason}`)
      throw new StartError(error.reason, error.message, error.retryAt)
    }
  }

  async #configured(
    pod: Pod,
    container: Container,
    attempt: number,
    sandbox: Sandbox,
    image: Parameters<typeof containerConfig>[0]['image'],
    say: Say,
  ) {
    const { volumes, files, objects, settings, clock } = this.#node
    try {
      const facts = this.facts(pod, sandbox)
      const env = await environment(pod, container, objects, facts)
      const mounts = await volumes.mountsOf(pod, container, facts, env)
      const taken = new Set(mounts.map(({ containerPath }) => containerPath))
      const add = (hostPath: string, containerPath: string) => {
        if (hostPath && !taken.has(containerPath))
          mounts.push({ hostPath, containerPath, readonly: false, propagation: 'private' })
      }
      add(await files.hosts(pod, facts.podIPs), '/etc/hosts')
      add(
        await files.terminationLog(pod, container.name, attempt),
        container.terminationMessagePath || '/dev/termination-log',
      )
      const { machineMemoryBytes, seccompDirectory } = settings
      return containerConfig({
        pod,
        container,
        attempt,
        image,
        environment: env,
        mounts,
        machineMemoryBytes,
        seccompDirectory,
      })
    } catch (error) {
      const known =
        error instanceof ConfigError ||
        error instanceof FieldRefError ||
        error instanceof VolumeError ||
        error instanceof ApiError
      if (!known) throw error
      say('Warning', 'Failed', `Error: ${error.message}`)
      throw new StartError('CreateContainerConfigError', error.message, clock.now() + retryAfter)
    }
  }

  async #postStart(pod: Pod, container: Container, id: string, sandbox: Sandbox, say: Say) {
    const hook = container.lifecycle?.postStart
    if (!hook) return
    const { runtime, clock, settings, view } = this.#node
    const [ip = ''] = podIPs(pod, sandbox, settings.hostIPs)
    try {
      await runHook(hook, { pod, container, id, ip }, 120_000, { runtime, clock })
    } catch (error) {
      const message = `PostStartHook failed: ${(error as Error).message}`
      say('Warning', 'FailedPostStartHook', message)
      say('Normal', 'Killing', 'FailedPostStartHook')
      await runtime.stopContainer(id, pod.spec?.terminationGracePeriodSeconds ?? 30)
      await view.refresh(id)
      throw new StartError('PostStartHookError', message, clock.now())
    }
  }

  /** preStop, SIGTERM, and SIGKILL at `deadline`. `again`: only to make it faster. */
  async kill(
    pod: Pod,
    current: RuntimeContainer,
    reason: KillReason,
    deadline: number,
    again: boolean,
  ): Promise<void> {
    const { runtime, view, clock } = this.#node
    const container = allContainers(pod).find(({ name }) => name === current.name)
    const say = this.#sayer(pod, current.name)
    if (!again) say('Normal', 'Killing', killMessage(current.name, reason))
    const left = () => Math.max(0, deadline - clock.now())
    let grace = left() / 1000
    const hook = container?.lifecycle?.preStop
    if (hook && container && grace > 0 && !again) {
      await this.#preStop(pod, container, current.id, left(), say)
      grace = Math.max(left() / 1000, leastGrace)
    }
    await runtime.stopContainer(current.id, Math.ceil(grace))
    await view.refresh(current.id)
  }

  async #preStop(pod: Pod, container: Container, id: string, timeout: number, say: Say) {
    const { runtime, clock, settings, view } = this.#node
    const [sandbox] = view.pod(pod.metadata.uid ?? '').sandboxes
    const [ip = ''] = podIPs(pod, sandbox, settings.hostIPs)
    const hook = container.lifecycle?.preStop
    if (!hook) return
    const target = { pod, container, id, ip }
    let cancel: Cancel = () => {}
    const late = new Promise<'late'>((resolve) => {
      cancel = clock.after(timeout, () => resolve('late'))
    })
    try {
      const ended = await Promise.race([runHook(hook, target, timeout, { runtime, clock }), late])
      if (ended === 'late')
        say('Warning', 'FailedPreStopHook', 'PreStopHook did not end in the grace period')
    } catch (error) {
      say('Warning', 'FailedPreStopHook', `PreStopHook failed: ${(error as Error).message}`)
    } finally {
      cancel()
    }
  }

  /** Tells the API server that it may forget the pod. `true` when it knows it no more. */
  async forget(pod: Pod): Promise<boolean> {
    const { cluster, statuses } = this.#node
    const { namespace, name = '', uid } = pod.metadata
    await statuses.flush(uid ?? '')
    try {
      await cluster.remove(PodKind, { namespace, name }, { uid, gracePeriodSeconds: 0 })
      return false
    } catch (error) {
      if (error instanceof ApiError && (error.code === 404 || error.code === 409)) return true
      throw error
    }
  }

  #sayer(pod: Pod, container: string): Say {
    const fieldPath = containerPath(pod, container)
    return (type, reason, message) =>
      this.#node.events.record(pod, { type, reason, message, fieldPath })
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

type Say = (type: EventText['type'], reason: string, message: string) => void

function killMessage(name: string, reason: KillReason): string {
  switch (reason) {
    case 'unhealthy':
      return `Container ${name} failed liveness probe, will be restarted`
    case 'startup':
      return `Container ${name} failed startup probe, will be restarted`
    case 'changed':
      return `Container ${name} definition changed, will be restarted`
    case 'sandboxChanged':
    case 'stopping':
    case 'done':
      return `Stopping container ${name}`
    default:
      return reason satisfies never
  }
}
