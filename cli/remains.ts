/**
 * Finds and removes what an instance leaves in the kernel, whoever made it and whatever state it is in: processes, mounts,
 * control groups, links, routes, rules. Works without any of the instance's own programs running. Each part comes as a
 * pair: `find` says what is there, `remove` takes it away; `reset` calls `find` again to prove it.
 */

import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setSysctl, sysctl } from '../kubelet/network/command.ts'
import { type Clock, sleep } from '../ports/clock.ts'
import { run } from './command.ts'
import { cgroupMounts, mounts } from './host.ts'
import type { LedgerEntry } from './ledger.ts'
import { type Location, pathsOf } from './settings.ts'
import { identify, type ProcessIdentity, signal } from './supervisor/process.ts'

/** Processes of the instance: in its control groups, its shims, its components, its supervisor. */
export function findProcesses(location: Location): ProcessIdentity[] {
  const found = new Set<number>()
  for (const group of findCgroups(location.name).flatMap((top) => [...walk(top)]))
    for (const pid of pidsIn(join(group, 'cgroup.procs'))) found.add(pid)
  for (const entry of readdirSync('/proc'))
    if (/^\d+$/.test(entry) && isOurs(Number(entry), location)) found.add(Number(entry))
  found.delete(process.pid)
  return [...found].map(identify).filter((identity) => identity !== undefined)
}

/** By its command line, which names one of the instance's own files. */
function isOurs(pid: number, location: Location): boolean {
  const { containerdSocket, containerdConfig, etcd, pki } = pathsOf(location)
  const words = commandLine(pid)
  const program = words[0] ?? ''
  if (/containerd-shim-runc-v2$/.test(program)) return words.includes(containerdSocket)
  if (/(^|\/)containerd$/.test(program)) return words.includes(containerdConfig)
  if (/(^|\/)etcd$/.test(program)) return words.includes(`--data-dir=${etcd}`)
  if (words.some((word) => word.endsWith('supervisor/main.ts')))
    return words.includes(location.runDir)
  return (
    words.some((word) => word.endsWith('cli/main.ts')) &&
    words.some((word) => /^--(kubeconfig|client-ca-file)=/.test(word) && word.includes(`=${pki}/`))
  )
}

function commandLine(pid: number): string[] {
  const text = readIfAlive(`/proc/${pid}/cmdline`)
  // A process that sets its title overwrites its arguments: blanks then stand where NULs stood.
  return text.includes('\0') ? text.split('\0').filter((word) => word !== '') : text.split(' ')
}

function readIfAlive(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It ended meanwhile, or is a kernel thread.
    return ''
  }
}

/** SIGTERM to components, SIGKILL to all that is left after `graceMs`. Resolves when all are gone. */
export async function removeProcesses(location: Location, clock: Clock, graceMs = 0) {
  const start = clock.monotonic()
  if (graceMs > 0) for (const found of findProcesses(location)) signal(found, 'SIGTERM')
  for (let left = findProcesses(location); left.length > 0; left = findProcesses(location)) {
    const waited = clock.monotonic() - start
    if (waited >= graceMs) for (const found of left) signal(found, 'SIGKILL')
    if (waited > graceMs + 10_000) return
    await sleep(clock, 20)
  }
}

/** Mount points below the instance's directories, deepest last. */
export function findMounts({ dataDir, runDir }: Location): string[] {
  return mounts()
    .map(({ point }) => point)
    .filter((point) => [dataDir, runDir].some((top) => `${point}/`.startsWith(`${top}/`)))
}

export async function removeMounts(location: Location): Promise<void> {
  for (const point of findMounts(location).reverse()) {
    const result = await run('umount', [point])
    // Busy: out of sight now, gone with its last user.
    if (result.code !== 0) await run('umount', ['--lazy', point])
  }
}

/** The instance's top control group in every hierarchy. */
export function findCgroups(name: string): string[] {
  return cgroupMounts()
    .map(({ point }) => join(point, name))
    .filter((path) => existsSync(path))
}

export async function removeCgroups(name: string, clock: Clock): Promise<void> {
  // A group whose last process just died may still be busy for a moment.
  for (let attempt = 0; attempt < 50 && findCgroups(name).length > 0; attempt++) {
    for (const top of findCgroups(name))
      for (const group of [...walk(top)].reverse()) tryRmdir(group)
    if (findCgroups(name).length > 0) await sleep(clock, 20)
  }
}

function* walk(group: string): Generator<string> {
  yield group
  if (!existsSync(group)) return
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) yield* walk(join(group, entry.name))
}

function tryRmdir(path: string): void {
  try {
    rmdirSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EBUSY' && code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error
  }
}

const pidsIn = (path: string): number[] =>
  readIfAlive(path)
    .split('\n')
    .filter((line) => line !== '' && line !== '0')
    .map(Number)

interface Link {
  ifname: string
  master?: string
}

/** The bridge and everything plugged into it. */
export async function findLinks(bridge: string): Promise<string[]> {
  const { code, stdout } = await run('ip', ['-json', 'link', 'show'])
  if (code !== 0) return []
  const links = JSON.parse(stdout) as Link[]
  const plugged = links.filter(({ master }) => master === bridge)
  return [...plugged, ...links.filter(({ ifname }) => ifname === bridge)].map((l) => l.ifname)
}

export async function removeLinks(bridge: string): Promise<void> {
  for (const link of await findLinks(bridge)) await run('ip', ['link', 'delete', link])
}

export async function findRoute(destination: string): Promise<boolean> {
  const { stdout } = await run('ip', ['route', 'show', 'type', 'unreachable', destination])
  return stdout.trim() !== ''
}

export async function findTable(name: string): Promise<boolean> {
  const { stdout } = await run('nft', ['list', 'tables'])
  return stdout.split('\n').includes(`table inet ${name}`)
}

/** Shims listen where every containerd's do: the addresses are in the bundles, which must still be there. */
export function removeShimSockets(location: Location): void {
  const tasks = join(pathsOf(location).containerdState, 'io.containerd.runtime.v2.task', 'k8s.io')
  if (!existsSync(tasks)) return
  for (const bundle of readdirSync(tasks)) {
    const address = readIfAlive(join(tasks, bundle, 'address')).trim()
    if (address.startsWith('unix:///run/containerd/s/'))
      rmSync(address.slice('unix://'.length), { force: true })
  }
}

/**
 * Address leases and cached results of the CNI network, in the places the plugins and their caller chose. The results of
 * the loopback plugin carry no network's name but the sandbox's, which the network's own results tell.
 */
export function findCni(name: string): string[] {
  const leases = join('/var/lib/cni/networks', name)
  const results = ['/var/lib/cni/results', '/var/lib/cni/cache/results']
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory).map((file) => ({ directory, file })))
  const own = new RegExp(`^${name}-([0-9a-f]{64})-`)
  const sandboxes = new Set(results.map(({ file }) => own.exec(file)?.[1]))
  const ours = results.filter(({ file }) => {
    const loopback = /^cni-loopback-([0-9a-f]{64})-/.exec(file)?.[1]
    return own.test(file) || (loopback !== undefined && sandboxes.has(loopback))
  })
  return [
    ...(existsSync(leases) ? [leases] : []),
    ...ours.map(({ directory, file }) => join(directory, file)),
  ]
}

/** What of an entry is still there, for people; nothing when it is gone. */
export async function remainsOf(entry: LedgerEntry): Promise<string[]> {
  switch (entry.kind) {
    case 'directory':
      return existsSync(entry.path) ? [`directory ${entry.path}`] : []
    case 'sharedDirectory':
    case 'kubeconfig':
      return []
    case 'link':
      return (await findLinks(entry.name)).map((link) => `link ${link}`)
    case 'route':
      return (await findRoute(entry.destination)) ? [`route unreachable ${entry.destination}`] : []
    case 'nftTable':
      return (await findTable(entry.name)) ? [`nft table inet ${entry.name}`] : []
    case 'sysctl': {
      const now = await sysctl(entry.name)
      return now === entry.before ? [] : [`${entry.name}=${now} (was ${entry.before})`]
    }
    case 'cgroup':
      return findCgroups(entry.path.slice(1)).map((path) => `control group ${path}`)
    case 'cniNetwork':
      return findCni(entry.name).map((path) => `file ${path}`)
    default:
      return entry satisfies never
  }
}

/** Takes one entry back; what is gone already is fine. Kubeconfigs are the caller's. */
export async function removeEntry(entry: LedgerEntry, clock: Clock): Promise<void> {
  switch (entry.kind) {
    case 'directory':
      return rmSync(entry.path, { recursive: true, force: true })
    case 'sharedDirectory':
      return removeIfEmpty(entry.path)
    case 'link':
      return removeLinks(entry.name)
    case 'route':
      return void (await run('ip', ['route', 'delete', 'unreachable', entry.destination]))
    case 'nftTable':
      return void (await run('nft', ['delete', 'table', 'inet', entry.name]))
    case 'sysctl':
      return (await sysctl(entry.name)) === entry.before
        ? undefined
        : setSysctl(entry.name, entry.before)
    case 'cgroup':
      return removeCgroups(entry.path.slice(1), clock)
    case 'cniNetwork':
      for (const path of findCni(entry.name)) rmSync(path, { recursive: true, force: true })
      return
    case 'kubeconfig':
      return
    default:
      return entry satisfies never
  }
}

function removeIfEmpty(path: string): void {
  if (existsSync(path) && lstatSync(path).isDirectory()) tryRmdir(path)
}
