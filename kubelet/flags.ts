/** The node agent's flags, read and checked. */

import { hostname } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'

export interface Flags {
  kubeconfig: string
  nodeName: string
  nodeIp?: string
  runtime: 'containerd' | 'simulated'
  containerRuntimeEndpoint: string
  rootDir: string
  podLogDir: string
  logHistoryHours: number
  logHistoryBytes: number
  address: string
  port: number
  tlsCertFile?: string
  tlsPrivateKeyFile?: string
  clientCaFile?: string
  clusterDns: string
  clusterDomain: string
  serviceCidr: string
  podCidr?: string
  clusterCidr: string
  bridge: string
  nftTable: string
  cgroupRoot: string
  cniConfDir: string
  maxPods: number
  simulatedNodes: number
  nodeLabels: Record<string, string>
}

const whole = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number.')
  return Number(text)
}

const hours = (text: string): number => {
  if (!(Number(text) > 0)) throw new InvalidArgumentError('a number of hours, more than 0.')
  return Number(text)
}

const bytes = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a number of bytes.')
  return Number(text)
}

const runtimeName = (text: string): Flags['runtime'] => {
  if (text === 'containerd' || text === 'simulated') return text
  throw new InvalidArgumentError('containerd or simulated.')
}

const labelList = (text: string): Record<string, string> => {
  const labels: Record<string, string> = Object.create(null)
  for (const pair of text.split(',').filter(Boolean)) {
    const match = /^([^=]+)=([^=]*)$/.exec(pair)
    if (!match) throw new InvalidArgumentError('name=value,name=value.')
    labels[match[1] as string] = match[2] as string
  }
  return labels
}

const absolute = (text: string): string => {
  if (!text.startsWith('/') || text.split('/').includes('..'))
    throw new InvalidArgumentError('an absolute path.')
  return text.replace(/\/+$/, '')
}

export function command(): Command {
  const name = hostname().toLowerCase()
  return new Command('kubelet')
    .description('Run the pods of one node (or of many simulated ones).')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server, and as whom')
    .option('--node-name <name>', "the Node's name", name)
    .option('--node-ip <address>', "the Node's address (default: of the first outer interface)")
    .option(
      '--runtime <name>',
      'containerd, or simulated: no process is ever started',
      runtimeName,
      'containerd',
    )
    .option(
      '--container-runtime-endpoint <socket>',
      "containerd's socket",
      'unix:///run/tiphys/containerd.sock',
    )
    .option(
      '--root-dir <directory>',
      'volumes and files of pods',
      absolute,
      '/var/lib/tiphys/kubelet',
    )
    .option('--pod-log-dir <directory>', 'logs of containers', absolute, '/var/lib/tiphys/pod-logs')
    .option(
      '--log-history-hours <hours>',
      'how long logs of containers and pods that are gone are kept',
      hours,
      24,
    )
    .option(
      '--log-history-bytes <bytes>',
      'how much of them is kept: what comes first of the two counts',
      bytes,
      256 * 2 ** 20,
    )
    .option('--address <address>', 'where logs, exec and their like are served', '0.0.0.0')
    .option('--port <port>', '0: any free one', whole, 10_250)
    .option('--tls-cert-file <file>', "the server's certificate; without it nothing is served")
    .option('--tls-private-key-file <file>', 'its key')
    .option(
      '--client-ca-file <file>',
      'who may connect: clients with a certificate of this authority',
    )
    .option('--cluster-dns <address>', 'name server of pods', '10.96.0.10')
    .option('--cluster-domain <name>', 'the domain of services', 'cluster.local')
    .option('--service-cidr <range>', 'addresses of services', '10.96.0.0/16')
    .option('--pod-cidr <range>', "addresses of this node's pods (default: as the Node says)")
    .option('--cluster-cidr <range>', 'addresses of all pods', '10.244.0.0/16')
    .option('--bridge <name>', "the link that pods' networks hang on", 'tiphys0')
    .option('--nft-table <name>', 'the nftables table of services', 'tiphys')
    .option('--cgroup-root <path>', 'the cgroup above all pods', absolute, '/tiphys')
    .option(
      '--cni-conf-dir <directory>',
      'where the network configuration is written',
      absolute,
      '/var/lib/tiphys/cni',
    )
    .option('--max-pods <count>', 'pods that may run here', whole, 110)
    .option('--simulated-nodes <count>', 'play so many nodes, named NODE-NAME-0 and on', whole, 0)
    .option('--node-labels <list>', 'name=value,... beside those every node has', labelList, {})
}

/** @throws CommanderError, which has already been told to the user, or exits for `--help` */
export function parseFlags(argv: string[]): Flags {
  const program = command()
  program.parse(argv, { from: 'user' })
  const flags = program.opts<Flags>()
  return flags.simulatedNodes > 0 ? { ...flags, runtime: 'simulated' } : flags
}
