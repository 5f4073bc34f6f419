/** Ends one container: its preStop hook, SIGTERM, and SIGKILL when its time is up. */

import type { Container, Pod } from '../../api/types.ts'
import type { Cancel } from '../../ports/clock.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import type { KillReason } from './decide.ts'
import { type Say, sayer } from './events.ts'
import { podIPs } from './field-ref.ts'
import { runHook } from './hooks.ts'
import type { NodeContext } from './node-context.ts'
import { allContainers } from './pod-progress.ts'

/** Seconds that a container has for its end after a preStop hook, whatever the hook took. */
const leastGrace = 2

export interface Kill {
  container: RuntimeContainer
  reason: KillReason
  /** When SIGKILL comes, in milliseconds since the epoch. */
  deadline: number
}

/** preStop, SIGTERM, and SIGKILL at `deadline`. `again`: only to make it faster. */
export async function killContainer(
  node: NodeContext,
  pod: Pod,
  { container: current, reason, deadline }: Kill,
  again: boolean,
): Promise<void> {
  const { runtime, view, clock } = node
  const container = allContainers(pod).find(({ name }) => name === current.name)
  const say = sayer(node.events, pod, current.name)
  if (!again) say('Normal', 'Killing', killMessage(current.name, reason))
  const left = () => Math.max(0, deadline - clock.now())
  let grace = left() / 1000
  const hook = container?.lifecycle?.preStop
  if (hook && container && grace > 0 && !again) {
    await preStop(node, { pod, container, id: current.id }, left(), say)
    grace = Math.max(left() / 1000, leastGrace)
  }
  await runtime.stopContainer(current.id, Math.ceil(grace))
  await view.refresh(current.id)
}

async function preStop(
  { runtime, clock, settings, view }: NodeContext,
  { pod, container, id }: { pod: Pod; container: Container; id: string },
  timeout: number,
  say: Say,
): Promise<void> {
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

function killMessage(name: string, reason: KillReason): string {
  switch (reason) {
    case 'unhealthy':
      return `Container ${name} failed liveness probe, will be restarted`
    case 'startup':
      return `Container ${name} failed startup probe, will be restarted`
    case 'changed':
      return `Container ${name} definition changed, will be restarted`
    case 'resized':
      return `Container ${name} resize requires restart`
    case 'sandboxChanged':
    case 'stopping':
    case 'done':
      return `Stopping container ${name}`
    default:
      return reason satisfies never
  }
}
