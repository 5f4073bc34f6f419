/**
 * Keeps the logs of running containers bounded: a file that has grown too large is put aside and the runtime opens a new
 * one; the oldest put aside go. Follows no links: log directories may be writable by pods.
 */

import { lstat, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Cancel, Clock } from '../../ports/clock.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { PodLookup } from './pod-lookup.ts'

export interface LogRotationOptions {
  pods: PodLookup
  runtime: Runtime
  clock: Clock
  /** Bytes a file; 10 MiB unless told. */
  largest?: number
  /** Files a container, the current one included; 5 unless told. */
  most?: number
  onError(error: unknown): void
}

const everyMilliseconds = 10_000

/** Until the returned function is called. */
export function rotateLogs(options: LogRotationOptions): () => void {
  let cancel: Cancel = () => {}
  let stopped = false
  const again = () => {
    cancel = options.clock.after(everyMilliseconds, () => {
      rotateOnce(options)
        .catch(options.onError)
        .finally(() => {
          if (!stopped) again()
        })
    })
  }
  again()
  return () => {
    stopped = true
    cancel()
  }
}

export async function rotateOnce(options: LogRotationOptions): Promise<void> {
  const { pods, onError } = options
  for (const { containers } of pods.all())
    for (const { id, state, logPath } of containers)
      if (state === 'running' && logPath)
        try {
          await rotate(id, logPath, options)
        } catch (error) {
          onError(error)
        }
}

async function rotate(id: string, path: string, options: LogRotationOptions): Promise<void> {
  const { runtime, clock, largest = 10 * 2 ** 20, most = 5 } = options
  if ((await sizeOf(path)) < largest) return
  const stamp = new Date(clock.now()).toISOString().replace(/\D/g, '').slice(0, 14)
  const aside = `${path}.${stamp}`
  await rename(path, aside)
  try {
    await runtime.reopenLog(id)
  } catch (error) {
    // The runtime still writes into the file that was put aside: back with it.
    await rename(aside, path)
    throw error
  }
  const old = await putAside(path)
  for (const name of old.slice(0, Math.max(0, old.length - (most - 1))))
    await rm(join(dirname(path), name), { force: true })
}

/** Oldest first. */
async function putAside(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.`
  return (await readdir(dirname(path)))
    .filter((name) => name.startsWith(prefix) && /^\d{14}$/.test(name.slice(prefix.length)))
    .sort()
}

async function sizeOf(path: string): Promise<number> {
  try {
    const stats = await lstat(path)
    return stats.isFile() ? stats.size : 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
