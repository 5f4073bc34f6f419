/**
 * Stops an instance in the order its parts need each other: the page, the agent and the controllers, so that nobody starts pods
 * again; the containers, with their grace; then the API server, containerd and the store. Works as well when the
 * supervisor was killed and has left its components behind.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { criRuntime } from '../kubelet/runtime/cri/cri-runtime.ts'
import { type Clock, sleep } from '../ports/clock.ts'
import type { Context } from './context.ts'
import { findProcesses, removeProcesses, removeShimSockets } from './remains.ts'
import { type Location, pathsOf } from './settings.ts'
import type { Supervised } from './supervisor/keeper.ts'
import { bootId, isAlive, type ProcessIdentity, signal } from './supervisor/process.ts'
import { askSupervisor, supervisorStatus } from './supervisor/protocol.ts'
import { accepts } from './wait.ts'

/** How long containers get after SIGTERM when the whole cluster stops. */
const containerGraceSeconds = 5
const componentGraceMs = 10_000

/** Says whether anything was running. */
export async function stopInstance(context: Context, location: Location): Promise<boolean> {
  const wasRunning = findProcesses(location).length > 0
  const stop = await stopper(context.clock, location)
  await Promise.all([stop('dashboard'), stop('kubelet'), stop('controllers')])
  await stopPods(context.clock, location)
  await stop('apiserver')
  await Promise.all([stop('containerd'), stop('etcd')])
  if (await supervisorStatus(pathsOf(location).supervisorSocket))
    await askSupervisor(pathsOf(location).supervisorSocket, { command: 'shutdown' })
  removeShimSockets(location)
  await removeProcesses(location, context.clock, 2000)
  return wasRunning
}

/** Through the supervisor if there is one; else by what the last one wrote down. */
async function stopper(clock: Clock, location: Location): Promise<(name: string) => Promise<void>> {
  const socket = pathsOf(location).supervisorSocket
  if (await supervisorStatus(socket))
    return async (name) => void (await askSupervisor(socket, { command: 'stop', name }))
  const left = leftBehind(location)
  return async (name) => {
    const process = left.get(name)
    if (process) await end(clock, process)
  }
}

/** Components that a killed supervisor has left running, by name. */
export function leftBehind({ runDir }: Pick<Location, 'runDir'>): Map<string, ProcessIdentity> {
  const path = join(runDir, 'supervised.json')
  if (!existsSync(path)) return new Map()
  const saved = JSON.parse(readFileSync(path, 'utf8')) as {
    bootId: string
    supervised: Supervised[]
  }
  if (saved.bootId !== bootId()) return new Map()
  return new Map(
    saved.supervised.flatMap(({ spec, process }) =>
      process && isAlive(process) ? [[spec.name, process] as const] : [],
    ),
  )
}

async function end(clock: Clock, process: ProcessIdentity): Promise<void> {
  signal(process, 'SIGTERM')
  const start = clock.monotonic()
  while (isAlive(process)) {
    if (clock.monotonic() - start > componentGraceMs) signal(process, 'SIGKILL')
    await sleep(clock, 20)
  }
}

/** Through CRI where containerd answers, so that networks are released; otherwise its shims are killed later. */
async function stopPods(clock: Clock, location: Location): Promise<void> {
  const endpoint = pathsOf(location).containerdSocket
  if (!(await accepts({ path: endpoint }))) return
  const runtime = criRuntime({ endpoint, clock })
  try {
    const running = (await runtime.containers()).filter(({ state }) => state === 'running')
    await each(running, ({ id }) => runtime.stopContainer(id, containerGraceSeconds))
    const ready = (await runtime.sandboxes()).filter(({ state }) => state === 'ready')
    await each(ready, ({ id }) => runtime.stopSandbox(id))
  } finally {
    runtime.close()
  }
}

/** All at once: containerd bounds its own work. A pod that does not stop is killed with its shim. */
async function each<T>(items: T[], task: (item: T) => Promise<void>): Promise<void> {
  await Promise.allSettled(items.map(task))
}
