/**
 * The programs a cluster needs beside Node, and how Debian brings them. What is there is used as it is; what is missing
 * is installed without starting Debian's own etcd or containerd services: ours are private instances.
 */

import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { run, systemPath } from './command.ts'
import { CommandError, type Context } from './context.ts'
import type { Settings } from './settings.ts'

export interface Requirement {
  /** What is looked for. */
  program: string
  /** The Debian package that has it. */
  package: string
  present(): boolean
}

export const cniDirectories = ['/usr/lib/cni', '/opt/cni/bin']

/** Where the bridge plugin is, or the place Debian puts it. */
export const cniBinDir = (): string =>
  cniDirectories.find((directory) => existsSync(join(directory, 'bridge'))) ?? '/usr/lib/cni'

const onPath = (program: string, debian = program): Requirement => ({
  program,
  package: debian,
  present: () => findProgram(program) !== undefined,
})

/** What this choice of storage and runtime needs. */
export function requirementsOf({ storage, runtime }: Pick<Settings, 'storage' | 'runtime'>) {
  const etcd = [onPath('etcd', 'etcd-server')]
  const node: Requirement[] = [
    onPath('containerd'),
    onPath('runc'),
    {
      program: 'CNI plugins',
      package: 'containernetworking-plugins',
      present: () => existsSync(join(cniBinDir(), 'bridge')),
    },
    onPath('nft', 'nftables'),
    onPath('buildah'),
    {
      program: 'busybox (static)',
      package: 'busybox-static',
      present: () => staticBusybox() !== undefined,
    },
    onPath('ip', 'iproute2'),
  ]
  return [...(storage === 'etcd' ? etcd : []), ...(runtime === 'containerd' ? node : [])]
}

/**
 * What only tests need: a registry to pull from, on this machine, a terminal to look at, and a browser (112 MB to fetch,
 * 400 MB on disk).
 */
export const testRequirements: Requirement[] = [
  onPath('docker-registry'),
  onPath('tmux'),
  onPath('chromium'),
]

export const missing = (requirements: Requirement[]): Requirement[] =>
  requirements.filter((requirement) => !requirement.present())

/** One line that installs them by hand. */
export const aptLine = (requirements: Requirement[]): string =>
  `sudo apt-get install -y --no-install-recommends ${requirements.map((r) => r.package).join(' ')}`

export function findProgram(program: string): string | undefined {
  return systemPath
    .split(':')
    .map((directory) => join(directory, program))
    .find(existsSync)
}

/** A busybox that runs in an empty image: one without a dynamic loader. */
export function staticBusybox(): string | undefined {
  const path = findProgram('busybox')
  return path && !hasInterpreter(path) ? path : undefined
}

/** Whether an ELF file asks for a dynamic loader (program header `PT_INTERP`, 64-bit little-endian). */
function hasInterpreter(path: string): boolean {
  const head = Buffer.alloc(4096)
  const file = openSync(path, 'r')
  try {
    readSync(file, head, 0, head.length, 0)
  } finally {
    closeSync(file)
  }
  const [offset, size, count] = [
    head.readUInt32LE(32),
    head.readUInt16LE(54),
    head.readUInt16LE(56),
  ]
  for (let n = 0; n < count && offset + n * size + 4 <= head.length; n++)
    if (head.readUInt32LE(offset + n * size) === 3) return true
  return false
}

/** Installs the packages; rejects with apt's own words. */
export async function install(context: Context, requirements: Requirement[]): Promise<void> {
  if (!findProgram('apt-get'))
    throw new CommandError(
      `not a Debian system, and missing: ${requirements.map((r) => r.program).join(', ')}`,
      ['install them with your package manager, then run this again'],
    )
  const names = requirements.map((requirement) => requirement.package)
  const free = withoutServices()
  try {
    if (!hasPackageLists()) await apt(context, ['update'])
    const result = await aptInstall(context, names)
    if (result.code !== 0) {
      await apt(context, ['update'])
      const again = await aptInstall(context, names)
      if (again.code !== 0) throw new Error(again.stderr.trim())
    }
  } finally {
    free()
  }
  await disableServices(names)
}

const apt = (context: Context, args: string[]) =>
  run('apt-get', ['-q', ...args], {
    env: { ...context.env, DEBIAN_FRONTEND: 'noninteractive', PATH: systemPath },
  })

const aptInstall = (context: Context, names: string[]) =>
  apt(context, ['install', '-y', '--no-install-recommends', ...names])

const hasPackageLists = () => {
  const directory = '/var/lib/apt/lists'
  return existsSync(directory) && readdirSync(directory).some((file) => file.includes('_Packages'))
}

/** While installed packages' scripts run, Debian asks this file whether services may start: no (101). */
function withoutServices(): () => void {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return () => undefined
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => rmSync(policy, { force: true })
}

/** Debian's packages that bring a service, with its unit. */
const serviceOf = new Map([
  ['etcd-server', 'etcd.service'],
  ['containerd', 'containerd.service'],
  ['docker-registry', 'docker-registry.service'],
])

/** Nor shall they start at the next boot. */
async function disableServices(names: string[]): Promise<void> {
  if (!existsSync('/run/systemd/system')) return
  const services = names.flatMap((name) => serviceOf.get(name) ?? [])
  if (services.length > 0) await run('systemctl', ['disable', '--now', ...services])
}
