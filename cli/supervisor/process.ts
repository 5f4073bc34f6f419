/**
 * A process as the pair that names it for good: its id and when it started. An id alone may belong to somebody else by
 * the time a signal is sent.
 */

import { readFileSync } from 'node:fs'

export interface ProcessIdentity {
  pid: number
  /** Clock ticks since boot, field 22 of `/proc/PID/stat`. */
  startTime: number
}

/** `undefined` when no such process runs (a zombie no longer does). */
export function identify(pid: number): ProcessIdentity | undefined {
  const fields = statOf(pid)
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined
  return { pid, startTime: Number(fields[19]) }
}

export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return identify(pid)?.startTime === startTime
}

/** Sends the signal if that very process still runs; says whether it did. */
export function signal(process_: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(process_)) return false
  try {
    return process.kill(process_.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** How long a process has run, in milliseconds, to a hundredth of a second; `undefined` when it does not. */
export function ageOf(pid: number): number | undefined {
  const identity = identify(pid)
  if (!identity) return undefined
  const uptimeSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  return Math.max(0, uptimeSeconds * 1000 - identity.startTime * msPerTick)
}

/** Linux tells times in hundredths of a second on every architecture Node runs on. */
const msPerTick = 10

/** Identifies this boot of the machine: process start times mean nothing across boots. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** What follows the name in `/proc/PID/stat`: the name itself may contain spaces and brackets. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
