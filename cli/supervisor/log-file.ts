/**
 * Bounds the components' logs. A component writes to its file directly (so it outlives the supervisor); a file that has
 * grown too long is copied aside and emptied in place, which appending writers do not notice. Lines written in the
 * instant between copy and emptying are lost: the price of not asking every program to reopen its log.
 */

import { copyFile, rename, rm, stat, truncate } from 'node:fs/promises'

export const maxLogBytes = 16 * 1024 * 1024
/** Older logs kept beside: `x.log.1` is the newest. */
export const keptLogs = 2

/** Says whether it rotated. */
export async function rotateIfLong(path: string, maxBytes = maxLogBytes): Promise<boolean> {
  if ((await sizeOf(path)) <= maxBytes) return false
  for (let n = keptLogs - 1; n >= 1; n--)
    if ((await sizeOf(`${path}.${n}`)) >= 0) await rename(`${path}.${n}`, `${path}.${n + 1}`)
  await copyFile(path, `${path}.1`)
  await truncate(path, 0)
  await rm(`${path}.${keptLogs + 1}`, { force: true })
  return true
}

/** -1 when there is none. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return -1
    throw error
  }
}
