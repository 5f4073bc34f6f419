/**
 * Starts one container: its image, its configuration, its process and its postStart hook, in this order, each told in an
 * event. Remembers nothing; what fails is told by the error.
 */

import type { Container, Pod } from '../../api/types.ts'
import { ApiError } from '../../controllers/framework/index.ts'
import { ImageError } from '../images/images.ts'
import type { ContainerConfig, Mount, RuntimeImage, Sandbox } from '../runtime/runtime.ts'
import { VolumeError } from '../volumes/volume.ts'
import { containerConfig } from './container-config.ts'
import { newest } from './decide.ts'
import { ConfigError, environment } from './environment.ts'
import { type Say, sayer } from './events.ts'
import { FieldRefError, type NodeFacts, nodeFacts, podIPs } from './field-ref.ts'
import { runHook } from './hooks.ts'
import type { NodeContext } from './node-context.ts'
import { ephemeralContainers } from './pod-progress.ts'
import { sandboxConfig } from './sandbox-config.ts'
import { unsupportedContainer } from './unsupported.ts'

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

/** Milliseconds after which a container that could not be configured or created is tried again. */
const retryAfter = 10_000

/** What is started, and where. */
export interface ContainerStart {
  pod: Pod
  container: Container
  attempt: number
  sandbox: Sandbox
}

/** Resolves with its id when the container runs and its postStart hook has passed; rejects with `StartError`. */
export async function startContainer(
  node: NodeContext,
  start: ContainerStart,
  signal: AbortSignal,
): Promise<string> {
  const { pod, container, sandbox } = start
  const { settings, limiter } = node
  const say = sayer(node.events, pod, container.name)
  // A pull may take long; a pod that is to stop does not wait for it.
  const image = await unlessAborted(findImage(node, start, say), signal)
  const config = await configured(node, start, image, say)
  const whole = sandboxConfig({ ...settings, pod, attempt: sandbox.attempt })
  return limiter.run(async () => {
    signal.throwIfAborted()
    const { runtime, view } = node
    const id = await step(node, 'CreateContainerError', say, () =>
      runtime.createContainer(sandbox.id, config, whole),
    )
    say('Normal', 'Created', `Created container: ${container.name}`)
    await step(node, 'RunContainerError', say, () => runtime.startContainer(id))
    say('Normal', 'Started', `Started container ${container.name}`)
    await view.refreshContainer(id)
    await postStart(node, start, id, say)
    return id
  })
}

/** A call to the runtime that, when it fails, may have had an effect. */
async function step<T>(
  { view, clock }: NodeContext,
  reason: string,
  say: Say,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const { message } = error as Error
    await view.relist()
    say('Warning', 'Failed', `Error: ${message}`)
    throw new StartError(reason, message, clock.now() + retryAfter)
  }
}

async function findImage(
  { images }: NodeContext,
  { pod, container }: ContainerStart,
  say: Say,
): Promise<RuntimeImage> {
  try {
    return await images.ensure(pod, container, ({ type, reason, message }) =>
      say(type, reason, message),
    )
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    say('Warning', 'Failed', `Error: ${error.reason}`)
    throw new StartError(error.reason, error.message, error.retryAt)
  }
}

async function configured(
  node: NodeContext,
  start: ContainerStart,
  image: RuntimeImage,
  say: Say,
): Promise<ContainerConfig> {
  const { pod, container, attempt, sandbox } = start
  const { objects, settings, clock } = node
  try {
    refuseUnsupported(start)
    const target = targetOf(node, start)
    const facts = nodeFacts(pod, sandbox, settings)
    const env = await environment(pod, container, objects, facts)
    const mounts = await mountsOf(node, start, facts, env)
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
      target,
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

/** Others were looked at when the pod was admitted; an ephemeral container comes later. */
function refuseUnsupported({ pod, container }: ContainerStart): void {
  if (!ephemeralContainers(pod).some(({ name }) => name === container.name)) return
  const refusal = unsupportedContainer(pod, container)
  if (refusal) throw new ConfigError(refusal.message)
}

/** The running container that an ephemeral one names to see the processes of. */
function targetOf({ view }: NodeContext, { pod, container }: ContainerStart): string | undefined {
  const ephemeral = ephemeralContainers(pod).find(({ name }) => name === container.name)
  const name = ephemeral?.targetContainerName
  if (!name) return undefined
  const target = newest(view.pod(pod.metadata.uid ?? ''), name)
  if (target?.state === 'running') return target.id
  throw new ConfigError(`unable to find target container ${JSON.stringify(name)}`)
}

/** Its volumes, its hosts file and a place for its last words, unless a volume is mounted there. */
async function mountsOf(
  { volumes, files }: NodeContext,
  { pod, container, attempt }: ContainerStart,
  facts: NodeFacts,
  env: ReadonlyMap<string, string>,
): Promise<Mount[]> {
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
  return mounts
}

async function postStart(
  { runtime, clock, settings, view }: NodeContext,
  { pod, container, sandbox }: ContainerStart,
  id: string,
  say: Say,
): Promise<void> {
  const hook = container.lifecycle?.postStart
  if (!hook) return
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

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
