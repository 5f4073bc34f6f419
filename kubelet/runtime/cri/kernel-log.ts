/**
 * Whom the kernel has killed for memory, by its own log: it has said so before the process ends, on every version of
 * control groups. containerd hears of it on a channel that goes away with the group, so that of a container whose last
 * process was killed it may hear nothing. Where the log cannot be read, nobody was killed as far as it knows.
 */

import { closeSync, constants, openSync, readSync } from 'node:fs'

const largestRecord = 8192
/** Read at once; the kernel keeps fewer. */
const mostRecords = 200_000
/** Containers remembered. */
const mostKilled = 1000

export interface KernelLog {
  /** Whether a process of this container has been killed. */
  killed(id: string): boolean
  close(): void
}

/** @param path opened when first asked, then read on from where it was left */
export function kernelLog(path = '/dev/kmsg'): KernelLog {
  const killed = new Set<string>()
  const buffer = Buffer.alloc(largestRecord)
  let file: number | undefined

  function readOn(): void {
    file ??= openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    for (let count = 0; count < mostRecords; count++) {
      const length = nextRecord(file, buffer)
      if (length === 0) return
      if (length !== undefined) note(buffer.toString('latin1', 0, length))
    }
  }

  function note(text: string): void {
    for (const id of victims(text)) {
      killed.delete(id)
      killed.add(id)
      const [oldest] = killed
      if (killed.size > mostKilled && oldest !== undefined) killed.delete(oldest)
    }
  }

  return {
    killed(id) {
      try {
        readOn()
      } catch {
        // In a container, or without the right: the runtime's own word is all there is.
        return false
      }
      return killed.has(id)
    },
    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}

/** `oom-kill:constraint=...,oom_memcg=PATH,task_memcg=PATH/ID,task=...`: the containers that the task was in. */
const victims = (text: string): string[] =>
  [...text.matchAll(/oom-kill:.*?task_memcg=([^,]*)/g)].flatMap(
    ([, path = '']) => path.match(/(?<=\/)[0-9a-f]{64}(?=\/|$)/g) ?? [],
  )

/** Bytes of one record; 0: there are no more yet, `undefined`: some were overwritten before they were read. */
function nextRecord(file: number, buffer: Buffer): number | undefined {
  try {
    return readSync(file, buffer)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EAGAIN') return 0
    if (code === 'EPIPE') return undefined
    throw error
  }
}
