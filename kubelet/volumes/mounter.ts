/** Mounting and unmounting through `mount(8)`, because Node.js has no system call for it. */

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Mounter {
  /** @param options.bytes at most; half the memory without it. @param options.mode of its root, 0755 without it */
  tmpfs(directory: string, options: { bytes?: number; mode?: number; gid?: number }): Promise<void>
  /** Binds exactly what `source` names, links in it resolved by the kernel alone. */
  bind(source: string, target: string): Promise<void>
  unmount(path: string): Promise<void>
  /** Every mount point at or below `directory`, deepest first. */
  below(directory: string): Promise<string[]>
}

/** Mount points of a mountinfo text, unescaped. */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((path) => path !== undefined)
    .map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))),
    )
}

const deepestFirst = (paths: string[]) =>
  paths.sort((a, b) => b.split('/').length - a.split('/').length || (a < b ? 1 : -1))

export const systemMounter: Mounter = {
  async tmpfs(directory, { bytes, mode = 0o755, gid }) {
    const options = ['nosuid', 'nodev', `mode=${mode.toString(8)}`]
    if (bytes) options.push(`size=${bytes}`)
    if (gid !== undefined) options.push(`gid=${gid}`)
    await run('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', directory])
  },
  async bind(source, target) {
    await run('mount', ['--no-canonicalize', '--bind', source, target])
  },
  async unmount(path) {
    await run('umount', ['--no-canonicalize', path])
  },
  async below(directory) {
    const points = mountPoints(await readFile('/proc/self/mountinfo', 'utf8'))
    return deepestFirst(
      points.filter((path) => path === directory || path.startsWith(`${directory}/`)),
    )
  },
}
