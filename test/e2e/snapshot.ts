/** What a cluster could leave on a machine, as sets of lines that two moments can be compared by. */

import { type Dirent, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../cli/command.ts'
import { identify } from '../../cli/supervisor/process.ts'

export type Snapshot = Record<string, Set<string>>

/** Where programs leave files; /tmp is everybody's, our own directory in it is looked at by itself. */
const watchedDirectories = [
  '/etc',
  '/opt',
  '/run',
  '/var',
  '/usr/local',
  '/dev/shm',
  `${homedir()}/.kube`,
]

/** Written by the system at any time. */
const restless =
  /^\/var\/(log|tmp|cache|backups|lib\/(apt|dpkg|systemd|misc))\/|^\/run\/(systemd|log|udev|user)\//

/**
 * @param marks texts that only the cluster's own processes have in their command line, control group or mounts
 */
export async function snapshot(marks: string[]): Promise<Snapshot> {
  const own = marked(marks)
  const lines = async (program: string, ...args: string[]) =>
    new Set((await run(program, args)).stdout.split('\n').filter((line) => line !== ''))
  return {
    processes: new Set(own.map(({ command }) => command.replaceAll('\0', ' '))),
    links: new Set(
      [...(await lines('ip', '-brief', 'link', 'show'))].map(
        (line) => line.split(/[\s@]/)[0] ?? '',
      ),
    ),
    addresses: await lines('ip', '-brief', 'address', 'show'),
    routes: await lines('ip', 'route', 'show', 'table', 'all'),
    rules: await lines('nft', 'list', 'ruleset'),
    mounts: new Set(
      readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .map((line) => line.split(' ').slice(3, 5).join(' ')),
    ),
    controlGroups: new Set(walk('/sys/fs/cgroup', true)),
    sysctls: await lines('sysctl', 'net.ipv4.ip_forward', 'net.bridge', 'net.ipv4.conf.all'),
    ports: listening(own),
    files: new Set(
      watchedDirectories
        .flatMap((top) => [...walk(top, false)])
        .filter((path) => !restless.test(path)),
    ),
  }
}

/** `+ line` for what came, `- line` for what went, by part; empty parts are left out. */
export function difference(before: Snapshot, after: Snapshot): Record<string, string[]> {
  const parts = Object.keys(before).map((part): [string, string[]] => {
    const [was, is] = [before[part] ?? new Set(), after[part] ?? new Set()]
    const came = [...is].filter((line) => !was.has(line)).map((line) => `+ ${line}`)
    const went = [...was].filter((line) => !is.has(line)).map((line) => `- ${line}`)
    return [part, [...came, ...went]]
  })
  return Object.fromEntries(parts.filter(([, lines]) => lines.length > 0))
}

/** The cluster's own processes: ids and command lines. */
function marked(marks: string[]): { pid: string; command: string }[] {
  const everybodys = tryRead('/proc/self/mountinfo')
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && identify(Number(name)))
    .map((pid) => ({ pid, command: tryRead(`/proc/${pid}/cmdline`) }))
    .filter(({ pid, command }) => {
      // A process in our own mount namespace sees the cluster's mounts whoever it is.
      const mounts = tryRead(`/proc/${pid}/mountinfo`)
      const traces = [command, tryRead(`/proc/${pid}/cgroup`), mounts === everybodys ? '' : mounts]
      return marks.some((mark) => traces.some((text) => text.includes(mark)))
    })
}

/** Ports that the given processes listen on. */
function listening(processes: { pid: string }[]): Set<string> {
  const sockets = new Set(processes.flatMap(({ pid }) => openFiles(pid)))
  return new Set(
    ['/proc/net/tcp', '/proc/net/tcp6']
      .flatMap((table) => tryRead(table).split('\n'))
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && sockets.has(`socket:[${fields[9]}]`))
      .map((fields) => `port ${Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)}`),
  )
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
  } catch {
    // The process has ended, or closed a file while we looked.
    return []
  }
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process has ended, or the kernel has no such table.
    return ''
  }
}

function* walk(directory: string, directoriesOnly: boolean): Generator<string> {
  if (!existsSync(directory)) return
  let entries: Dirent[]
  try {
    entries = readdirSync(directory, { withFileTypes: true })
  } catch {
    // Removed while we looked.
    return
  }
  for (const entry of entries) {
    const path = join(directory, entry.name)
    if (entry.isDirectory() || !directoriesOnly) yield path
    if (entry.isDirectory()) yield* walk(path, directoriesOnly)
  }
}
