/** How each component of an instance is started: one place for every flag. */

import { join } from 'node:path'
import { systemPath } from './command.ts'
import type { Context } from './context.ts'
import { addressesOf, etcdPeerName, etcdSocketName, pathsOf, type Settings } from './settings.ts'
import type { ComponentSpec } from './supervisor/keeper.ts'

export type ComponentName =
  | 'etcd'
  | 'containerd'
  | 'apiserver'
  | 'controllers'
  | 'kubelet'
  | 'dashboard'

/** The nodes this instance has; several simulated ones are numbered. */
export function nodeNames({ runtime, simulatedNodes, nodeName }: Settings): string[] {
  if (runtime === 'containerd' || simulatedNodes === 1) return [nodeName]
  return Array.from({ length: simulatedNodes }, (_, index) => `${nodeName}-${index}`)
}

/** The components this instance consists of, in the order they need each other. */
export function componentNames({ storage, runtime, dashboardPort }: Settings): ComponentName[] {
  return [
    ...(storage === 'etcd' ? ['etcd' as const] : []),
    ...(runtime === 'containerd' ? ['containerd' as const] : []),
    'apiserver',
    'controllers',
    'kubelet',
    ...(dashboardPort ? ['dashboard' as const] : []),
  ]
}

export function componentSpec(
  context: Context,
  settings: Settings,
  name: ComponentName,
): ComponentSpec {
  const { program, args } = commandOf(context, settings, name)
  return {
    name,
    program,
    args,
    cwd: settings.runDir,
    staleFiles: name === 'etcd' ? [pathsOf(settings).etcdSocket, pathsOf(settings).etcdPeer] : [],
    env: environmentOf(context, name),
    log: join(pathsOf(settings).logs, `${name}.log`),
    stopTimeoutMs: 10_000,
  }
}

interface Command {
  program: string
  args: string[]
}

function commandOf(context: Context, settings: Settings, name: ComponentName): Command {
  const own = (flags: Record<string, string | number | undefined>, main = name as string) => ({
    program: context.node,
    args: [smallNursery, join(context.root, 'cli', 'main.ts'), main, ...flagsOf(flags)],
  })
  switch (name) {
    case 'etcd':
      return { program: 'etcd', args: flagsOf(etcdFlags(settings)) }
    case 'containerd':
      return { program: 'containerd', args: ['--config', pathsOf(settings).containerdConfig] }
    case 'apiserver':
      return own(apiserverFlags(settings))
    case 'controllers':
      return own(controllersFlags(settings))
    case 'kubelet':
      return own(kubeletFlags(settings))
    case 'dashboard':
      return own(dashboardFlags(settings), 'dashboard-server')
    default:
      return name satisfies never
  }
}

/** Young objects get 3 x 4 MiB instead of 3 x 16: idle processes stay small, and busy ones collect a little more often. */
const smallNursery = '--max-semi-space-size=4'

const flagsOf = (flags: Record<string, string | number | undefined>): string[] =>
  Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}=${value}`],
  )

/**
 * Over sockets that only the instance's owner can reach: etcd then needs no certificates, and no port. It takes the
 * names of sockets as `HOST:PORT`, relative to its working directory, and never listens to a peer.
 */
function etcdFlags(settings: Settings) {
  const never = 'http://localhost:1'
  return {
    name: settings.name,
    'data-dir': pathsOf(settings).etcd,
    'listen-client-urls': `unix://${etcdSocketName}`,
    'advertise-client-urls': `unix://${etcdSocketName}`,
    'listen-peer-urls': `unix://${etcdPeerName}`,
    'initial-advertise-peer-urls': never,
    'initial-cluster': `${settings.name}=${never}`,
    // The only member waits for nobody: it leads as soon as this has passed.
    'heartbeat-interval': 20,
    'election-timeout': 200,
    'snapshot-count': 10_000,
    'quota-backend-bytes': 8 * 1024 ** 3,
    // The API server decides what history is kept.
    'auto-compaction-retention': 0,
    logger: 'zap',
    'log-level': 'warn',
  }
}

function apiserverFlags(settings: Settings) {
  const { apiAddresses, nodeAddress } = addressesOf(settings)
  const { pki, sqlite, etcdSocket } = pathsOf(settings)
  return {
    storage: settings.storage,
    'etcd-servers': settings.storage === 'etcd' ? `unix://${etcdSocket}` : undefined,
    'sqlite-file': settings.storage === 'sqlite' ? sqlite : undefined,
    'bind-address': apiAddresses.join(','),
    'advertise-address': nodeAddress,
    'secure-port': settings.apiPort,
    'tls-cert-file': join(pki, 'apiserver.crt'),
    'tls-private-key-file': join(pki, 'apiserver.key'),
    'client-ca-file': join(pki, 'ca.crt'),
    'service-account-signing-key-file': join(pki, 'sa.key'),
    'service-account-key-file': join(pki, 'sa.pub'),
    'enable-bootstrap-token-auth': 'true',
    'kubelet-client-certificate': join(pki, 'apiserver-kubelet-client.crt'),
    'kubelet-client-key': join(pki, 'apiserver-kubelet-client.key'),
    'kubelet-certificate-authority': join(pki, 'ca.crt'),
    'proxy-client-cert-file': join(pki, 'front-proxy-client.crt'),
    'proxy-client-key-file': join(pki, 'front-proxy-client.key'),
    'requestheader-client-ca-file': join(pki, 'front-proxy-ca.crt'),
    'service-cluster-ip-range': settings.serviceCidr,
    'service-node-port-range': settings.nodePortRange,
  }
}

function controllersFlags(settings: Settings) {
  const { pki } = pathsOf(settings)
  return {
    kubeconfig: join(pki, 'controllers.kubeconfig'),
    // The supervisor runs exactly one: waiting for the lease of one that was killed would only lose time.
    'leader-elect': 'false',
    'root-ca-file': join(pki, 'ca.crt'),
    'service-account-private-key-file': join(pki, 'sa.key'),
    'cluster-signing-cert-file': join(pki, 'ca.crt'),
    'cluster-signing-key-file': join(pki, 'ca.key'),
    'cluster-cidr': settings.podCidr,
    'node-cidr-mask-size': 24,
  }
}

function kubeletFlags(settings: Settings) {
  const paths = pathsOf(settings)
  const { bridge, nodeCidr, nodeAddress, dnsService } = addressesOf(settings)
  const real = settings.runtime === 'containerd'
  return {
    kubeconfig: join(paths.pki, 'kubelet.kubeconfig'),
    'node-name': settings.nodeName,
    'node-ip': nodeAddress,
    runtime: settings.runtime,
    'container-runtime-endpoint': real ? `unix://${paths.containerdSocket}` : undefined,
    'root-dir': paths.kubelet,
    'pod-log-dir': paths.podLogs,
    address: nodeAddress,
    port: settings.kubeletPort,
    'tls-cert-file': join(paths.pki, 'kubelet-serving.crt'),
    'tls-private-key-file': join(paths.pki, 'kubelet-serving.key'),
    'client-ca-file': join(paths.pki, 'ca.crt'),
    'cluster-dns': dnsService,
    'cluster-domain': 'cluster.local',
    'service-cidr': settings.serviceCidr,
    'pod-cidr': nodeCidr,
    'cluster-cidr': settings.podCidr,
    bridge: real ? bridge : undefined,
    'nft-table': real ? settings.name : undefined,
    'cgroup-root': real ? `/${settings.name}` : undefined,
    'cni-conf-dir': real ? paths.cniConf : undefined,
    'simulated-nodes': nodeNames(settings).length > 1 ? settings.simulatedNodes : undefined,
  }
}

function dashboardFlags(settings: Settings) {
  const { pki, dashboardToken } = pathsOf(settings)
  return {
    kubeconfig: join(pki, 'admin.kubeconfig'),
    'token-file': dashboardToken,
    port: settings.dashboardPort,
    'context-name': settings.name,
  }
}

const proxyVariables = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
]

/** Components get what they need of the caller's environment and nothing else. */
function environmentOf(context: Context, name: ComponentName): Record<string, string> {
  const passed = name === 'containerd' ? [...proxyVariables, 'SSL_CERT_FILE', 'SSL_CERT_DIR'] : []
  const kept = passed.flatMap((variable) => {
    const value = context.env[variable]
    return value === undefined ? [] : [[variable, value] as const]
  })
  return {
    ...Object.fromEntries(kept),
    PATH: systemPath,
    HOME: context.env.HOME ?? '/',
    LANG: 'C.UTF-8',
    NODE_COMPILE_CACHE: join(context.root, 'node_modules', '.cache', 'tiphys', 'compile'),
  }
}
