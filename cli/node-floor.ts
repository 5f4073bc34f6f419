/**
 * What the machine must have before the node runs on it: directories, the network's ground, containerd's configuration.
 * Everything that outlives a process is written into the ledger first.
 */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sysctl } from '../kubelet/network/command.ts'
import { ensureFloor } from '../kubelet/network/floor.ts'
import { containerdConfig } from '../kubelet/runtime/cri/containerd-config.ts'
import { probeContainerd } from '../kubelet/runtime/cri/containerd-probe.ts'
import { CommandError } from './context.ts'
import { pauseImage } from './images.ts'
import type { Ledger } from './ledger.ts'
import { cniBinDir } from './packages.ts'
import { addressesOf, pathsOf, type Settings } from './settings.ts'

/** Directories of others that containerd and CNI make at fixed places, deepest last. */
const sharedDirectories = [
  '/run/containerd',
  '/run/containerd/s',
  '/run/containerd/fifo',
  '/run/containerd/runc',
  '/run/containerd/runc/k8s.io',
  '/run/netns',
  '/var/lib/cni',
  '/var/lib/cni/networks',
  '/var/lib/cni/results',
  '/var/lib/cni/cache',
]

export function makeDirectories(settings: Settings, openLedger: (path: string) => Ledger): Ledger {
  const paths = pathsOf(settings)
  refuseForeign(settings.dataDir, 'cluster.json', '--data-dir')
  refuseForeign(settings.runDir, 'supervised.json', '--run-dir')
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 })
  const ledger = openLedger(paths.ledger)
  for (const path of [settings.runDir, settings.dataDir]) ledger.record({ kind: 'directory', path })
  for (const path of [settings.runDir, paths.logs, paths.podLogs, paths.pki, paths.images])
    mkdirSync(path, { recursive: true, mode: 0o700 })
  if (settings.storage === 'sqlite') mkdirSync(join(paths.sqlite, '..'), { recursive: true })
  return ledger
}

/** `reset` removes these directories whole: they must be the instance's own from the beginning. */
function refuseForeign(directory: string, mark: string, flag: string): void {
  if (!existsSync(directory) || existsSync(join(directory, mark))) return
  const held = readdirSync(directory).filter((file) => !ownFirstFiles.includes(file))
  if (held.length > 0)
    throw new CommandError(`${flag}=${directory} holds something else (${held[0]})`, [
      `choose an empty or new directory for ${flag}`,
    ])
}

/** What an interrupted first start may have left before it wrote the mark. */
const ownFirstFiles = ['ledger.json', 'ledger.json.new', 'log', 'pki', 'images', 'sqlite', 'run']

export async function makeNetworkFloor(settings: Settings, ledger: Ledger): Promise<void> {
  const { bridge, nodeCidr, dnsService } = addressesOf(settings)
  ledger.record({ kind: 'link', name: bridge })
  ledger.record({ kind: 'route', destination: settings.podCidr })
  ledger.record({ kind: 'nftTable', name: settings.name })
  ledger.record({ kind: 'cgroup', path: `/${settings.name}` })
  ledger.record({ kind: 'cniNetwork', name: settings.name })
  for (const path of sharedDirectories)
    if (!existsSync(path)) ledger.record({ kind: 'sharedDirectory', path })
  for (const name of ['net.ipv4.ip_forward', 'net.bridge.bridge-nf-call-iptables']) {
    const before = await sysctl(name)
    if (before !== undefined) ledger.record({ kind: 'sysctl', name, before })
  }
  await ensureFloor({
    bridge,
    podCidr: nodeCidr,
    clusterCidr: settings.podCidr,
    serviceCidr: settings.serviceCidr,
    clusterDns: dnsService,
  })
}

/** The private containerd's configuration, fitted to what this machine allows. */
export async function writeContainerdConfig(settings: Settings): Promise<void> {
  const paths = pathsOf(settings)
  for (const path of [paths.containerd, paths.containerdState, paths.cniConf])
    mkdirSync(path, { recursive: true, mode: 0o711 })
  const config = containerdConfig({
    root: paths.containerd,
    state: paths.containerdState,
    address: paths.containerdSocket,
    sandboxImage: pauseImage,
    cniConfDir: paths.cniConf,
    cniBinDir: cniBinDir(),
    logLevel: 'warn',
    ...(await probeContainerd(settings.dataDir)),
  })
  writeFileSync(paths.containerdConfig, config, { mode: 0o600 })
}
