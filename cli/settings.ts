/**
 * What one instance is: its name, directories, ranges, ports, and which parts are real. Chosen by the first `up`, kept in
 * `cluster.json` in the data directory, and read back by every later command.
 */

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  addressAt,
  type Cidr,
  contains,
  formatAddress,
  parseCidr,
} from '../kubelet/network/address.ts'
import { CommandError, type Context } from './context.ts'
import { writeFileAtomically } from './files.ts'

export type StorageKind = 'etcd' | 'sqlite'
export type RuntimeKind = 'containerd' | 'simulated'

export interface Settings {
  /** Also the bridge's, nft table's, cgroup's and kubeconfig context's name. */
  name: string
  dataDir: string
  runDir: string
  storage: StorageKind
  runtime: RuntimeKind
  apiPort: number
  kubeletPort: number
  podCidr: string
  serviceCidr: string
  /** `30000-32767`. */
  nodePortRange: string
  nodeName: string
  /** The file the cluster's context is merged into. */
  kubeconfig: string
  /** Nodes the simulated runtime plays. */
  simulatedNodes: number
  /** Where the rollout page is served; 0: it is not, absent: nobody has chosen yet. */
  dashboardPort?: number
}

/** What flags may say; absent means: as before, else the default. */
export type Flags = Partial<Omit<Settings, 'nodeName'>>

/** Where the instance a command speaks of lives. */
export type Location = Pick<Settings, 'name' | 'dataDir' | 'runDir'>

export const defaultName = 'tiphys'

export function locate(context: Context, flags: Flags): Location {
  const name = flags.name ?? defaultName
  if (!/^[a-z][a-z0-9]{0,12}$/.test(name))
    throw new CommandError(
      `--name=${name}: a name is a lower-case letter and up to twelve letters or digits (it names a network link)`,
    )
  const home = context.env.HOME ?? '/tmp'
  const asRoot = context.uid === 0
  const state = context.env.XDG_STATE_HOME ?? join(home, '.local', 'state')
  const dataDir = flags.dataDir ?? (asRoot ? `/var/lib/${name}` : join(state, name))
  const runDir = flags.runDir ?? (asRoot ? `/run/${name}` : join(dataDir, 'run'))
  return { name, dataDir: resolve(dataDir), runDir: resolve(runDir) }
}

export const settingsFile = (location: Pick<Location, 'dataDir'>) =>
  join(location.dataDir, 'cluster.json')

/** `undefined` when there is no such instance. */
export function loadSettings(location: Location): Settings | undefined {
  try {
    return JSON.parse(readFileSync(settingsFile(location), 'utf8')) as Settings
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export function saveSettings(settings: Settings): void {
  writeFileAtomically(settingsFile(settings), `${JSON.stringify(settings, null, 2)}\n`)
}

/** Flags over what the instance was made with over defaults. Rejects what cannot be changed any more. */
export function decideSettings(
  context: Context,
  flags: Flags,
  defaults: Pick<Settings, 'storage' | 'runtime' | 'kubeconfig'>,
): Settings {
  const location = locate(context, flags)
  const before = loadSettings(location)
  const settings: Settings = {
    apiPort: 6443,
    kubeletPort: 10250,
    podCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/16',
    nodePortRange: '30000-32767',
    nodeName: nodeNameOf(context.hostname),
    simulatedNodes: 1,
    ...defaults,
    ...before,
    ...flags,
    ...location,
  }
  refuseChanges(before, settings)
  checkSettings(settings)
  return settings
}

const fixed = ['storage', 'runtime', 'podCidr', 'serviceCidr', 'runDir'] as const

function refuseChanges(before: Settings | undefined, now: Settings): void {
  if (!before) return
  for (const key of fixed)
    if (before[key] !== now[key])
      throw new CommandError(
        `the cluster in ${before.dataDir} was made with ${key} ${before[key]}; that cannot become ${now[key]}`,
        ['npm run reset   # removes it with its data'],
      )
}

function checkSettings(settings: Settings): void {
  try {
    const pods = parseCidr(settings.podCidr)
    const services = parseCidr(settings.serviceCidr)
    if (pods.prefix > 24)
      throw new Error(`--pod-cidr=${settings.podCidr}: a node takes a /24 of it`)
    if (services.prefix > 24)
      throw new Error(`--service-cidr=${settings.serviceCidr}: at least a /24 is needed`)
    if (overlap(pods, services)) throw new Error('--pod-cidr and --service-cidr overlap')
    checkPortRange(settings.nodePortRange)
    for (const port of [settings.apiPort, settings.kubeletPort])
      if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw new Error(`${port} is not a port (1-65535)`)
    if (!Number.isInteger(settings.simulatedNodes) || settings.simulatedNodes < 1)
      throw new Error('--simulated-nodes: a whole number from 1')
    if (settings.runDir.length > 70)
      throw new Error(
        `--run-dir=${settings.runDir}: too long for the sockets in it (70 characters)`,
      )
  } catch (error) {
    throw new CommandError((error as Error).message)
  }
}

function checkPortRange(text: string): void {
  const [first = 0, last = 0] = text.split('-').map(Number)
  if (!/^\d+-\d+$/.test(text) || first < 1 || last < first || last > 65_535)
    throw new Error(`--node-port-range=${text} is not a range such as 30000-32767`)
}

/** A host name as RFC 1123 wants node names. */
function nodeNameOf(hostname: string): string {
  const name = hostname.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-')
  return name.replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '') || 'node'
}

/** One of two ranges that meet holds the other's first address. */
const overlap = (a: Cidr, b: Cidr) => contains(a, b.base) || contains(b, a.base)

/** The addresses and names that follow from the settings. */
export function addressesOf(settings: Settings) {
  const pods = parseCidr(settings.podCidr)
  const services = parseCidr(settings.serviceCidr)
  const real = settings.runtime === 'containerd'
  return {
    bridge: `${settings.name}0`,
    nodeCidr: `${formatAddress(pods.base)}/24`,
    /** The bridge's own address: the pods' gateway and the node's address. */
    gateway: addressAt(pods, 1),
    nodeAddress: real ? addressAt(pods, 1) : '127.0.0.1',
    kubernetesService: addressAt(services, 1),
    dnsService: addressAt(services, 10),
    apiAddresses: real ? ['127.0.0.1', addressAt(pods, 1)] : ['127.0.0.1'],
  }
}

/** etcd insists on a port in the names. */
export const etcdSocketName = 'etcd:0'
export const etcdPeerName = 'etcd-peer:0'

/** Every path of an instance. */
export function pathsOf({ dataDir, runDir }: Pick<Location, 'dataDir' | 'runDir'>) {
  return {
    pki: join(dataDir, 'pki'),
    logs: join(dataDir, 'log'),
    podLogs: join(dataDir, 'log', 'pods'),
    ledger: join(dataDir, 'ledger.json'),
    etcd: join(dataDir, 'etcd'),
    etcdSocket: join(runDir, etcdSocketName),
    etcdPeer: join(runDir, etcdPeerName),
    sqlite: join(dataDir, 'sqlite', 'tiphys.db'),
    images: join(dataDir, 'images'),
    containerd: join(dataDir, 'containerd'),
    containerdConfig: join(dataDir, 'containerd.toml'),
    containerdState: join(runDir, 'containerd'),
    containerdSocket: join(runDir, 'containerd.sock'),
    kubelet: join(dataDir, 'kubelet'),
    cniConf: join(dataDir, 'cni', 'net.d'),
    cniData: join(dataDir, 'cni', 'networks'),
    supervisorSocket: join(runDir, 'supervisor.sock'),
    dashboardToken: join(dataDir, 'dashboard.token'),
  }
}

export type Paths = ReturnType<typeof pathsOf>

/** `--kubeconfig`, else the first file of $KUBECONFIG, else the calling user's `~/.kube/config`. */
export function kubeconfigPath(context: Pick<Context, 'env'>, callersHome: string): string {
  const first = (context.env.KUBECONFIG ?? '').split(':').find((path) => path !== '')
  return first ? resolve(first) : join(callersHome, '.kube', 'config')
}
