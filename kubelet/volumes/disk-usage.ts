/**
 * What a directory takes on disk. Counted by `du`, which follows no links, in a process of its own: a pod may have made
 * millions of files.
 */

import { execFile } from 'node:child_process'

const timeoutMs = 30_000

/** Bytes; rejects when they cannot be counted in half a minute. What goes while it counts does not matter. */
export function diskUsage(directory: string): Promise<number> {
  const args = ['--summarize', '--one-file-system', '--block-size=1', '--', directory]
  return new Promise((resolve, reject) => {
    execFile('du', args, { timeout: timeoutMs, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      // Files that vanish make it end with 1, but it still says the sum.
      const sum = /^(\d+)\t/m.exec(stdout)?.[1]
      if (sum !== undefined) resolve(Number(sum))
      else reject(new Error(`du cannot count ${directory}: ${stderr.trim() || error?.message}`))
    })
  })
}
