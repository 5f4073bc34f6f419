/** Runs the system's own network tools (`ip`, `nft`), bounded in time, with their words in the error. */

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'

export class CommandError extends Error {
  override name = 'CommandError'
}

const timeoutMs = 10_000
const maxOutput = 16 << 20

/** Standard output of `program args`, given `input`; rejects with `CommandError` naming the command. */
export function run(program: string, args: string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { timeout: timeoutMs, maxBuffer: maxOutput },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout)
        const why = stderr.trim() || error.message
        reject(new CommandError(`${program} ${args.join(' ')}: ${why}`))
      },
    )
    child.stdin?.on('error', () => {}) // the exit code tells the same, with the tool's words
    child.stdin?.end(input)
  })
}

/** The value of a sysctl (`net.ipv4.ip_forward`), or `undefined` where the kernel has none of that name. */
export async function sysctl(name: string): Promise<string | undefined> {
  try {
    return (await readFile(pathOf(name), 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export async function setSysctl(name: string, value: string): Promise<void> {
  await writeFile(pathOf(name), value)
}

const pathOf = (name: string) => `/proc/sys/${name.replaceAll('.', '/')}`
