/** Runs the built-in controllers, one process of several at a time leading. */

import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { type Logger, pino } from 'pino'
import { systemRandom } from '../ports/random.ts'
import { systemClock } from '../ports/system-clock.ts'
import { controllerNames, loadControllers, selectControllers } from './controllers.ts'
import {
  type Cluster,
  findCluster,
  httpCluster,
  isConflict,
  type ManagerOptions,
  serve,
  startManager,
} from './framework/index.ts'

interface Flags {
  kubeconfig?: string
  leaderElect: boolean
  leaderElectNamespace: string
  leaderElectName: string
  rootCaFile?: string
  serviceAccountPrivateKeyFile?: string
  clusterSigningCertFile?: string
  clusterSigningKeyFile?: string
  clusterCidr: string
  nodeCidrMaskSize: number
  nodeMonitorGracePeriod: number
  terminatedPodGcThreshold: number
  controllers: string[]
  healthzAddress: string
  healthzPort: number
}

const clock = systemClock
const random = systemRandom

const boolean = (text: string): boolean => {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidArgumentError('true or false.')
}

const whole = (text: string): number => {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number.')
  return Number(text)
}

function command(): Command {
  return new Command('controllers')
    .description('Run the built-in controllers against an API server.')
    .option('--kubeconfig <file>', 'how to reach the API server (default: as a pod of the cluster)')
    .option('--leader-elect <boolean>', 'run only while holding the lease', boolean, true)
    .option('--leader-elect-namespace <name>', "the lease's namespace", 'kube-system')
    .option('--leader-elect-name <name>', "the lease's name", 'tiphys-controllers')
    .option('--root-ca-file <file>', 'published to every namespace as kube-root-ca.crt')
    .option(
      '--service-account-private-key-file <file>',
      'what tokens that are kept in Secrets are signed with',
    )
    .option(
      '--cluster-signing-cert-file <file>',
      'the authority that signs certificates on request',
    )
    .option('--cluster-signing-key-file <file>', 'its key')
    .option('--cluster-cidr <range>', 'addresses of pods', '10.244.0.0/16')
    .option('--node-cidr-mask-size <bits>', "of each node's part of them", whole, 24)
    .option(
      '--node-monitor-grace-period <seconds>',
      'silence after which a node is not ready',
      whole,
      40,
    )
    .option('--terminated-pod-gc-threshold <count>', 'finished pods that may stay', whole, 12_500)
    .option(
      '--controllers <list>',
      `which to run: * for all, name, -name; of ${controllerNames().join(', ')}`,
      (text) => text.split(','),
      ['*'],
    )
    .option('--healthz-address <address>', 'where /healthz and /metrics are served', '127.0.0.1')
    .option('--healthz-port <port>', '0: any free one, the log says which; -1: none', whole, 0)
}

/** Resolves after SIGTERM or SIGINT; rejects when it cannot start or has lost the lease. */
export async function main(argv: string[]): Promise<void> {
  const program = command()
  await program.parseAsync(argv, { from: 'user' })
  const flags = program.opts<Flags>()
  const log = pino({ name: 'controllers' })
  const config = await findCluster({ clock, env: process.env, kubeconfig: flags.kubeconfig })
  const cluster = httpCluster(config, { clock, userAgent: 'tiphys-controllers' })
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  for (const signal of signals) process.once(signal, onSignal)
  try {
    const options = await managerOptions(flags, cluster, log)
    const health = { address: flags.healthzAddress, port: flags.healthzPort }
    await serve({
      start: () => startManager(options),
      log,
      quiet: true,
      stop: stop.signal,
      health,
    })
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
    cluster.close()
  }
}

const signals = ['SIGTERM', 'SIGINT'] as const

const readIfNamed = async (file: string | undefined) =>
  file === undefined ? undefined : readFile(file, 'utf8')

async function signingPair(flags: Flags) {
  const certificate = await readIfNamed(flags.clusterSigningCertFile)
  const key = await readIfNamed(flags.clusterSigningKeyFile)
  return certificate === undefined || key === undefined ? undefined : { certificate, key }
}

async function managerOptions(
  flags: Flags,
  cluster: Cluster,
  log: Logger,
): Promise<ManagerOptions> {
  const names = selectControllers(flags.controllers)
  const { controllers, runnables } = await loadControllers(names, {
    cluster,
    clock,
    random,
    rootCa: await readIfNamed(flags.rootCaFile),
    serviceAccountKey: await readIfNamed(flags.serviceAccountPrivateKeyFile),
    signingAuthority: await signingPair(flags),
    clusterCidr: flags.clusterCidr,
    nodeCidrMaskSize: flags.nodeCidrMaskSize,
    nodeMonitorGracePeriod: flags.nodeMonitorGracePeriod * 1_000,
    terminatedPodThreshold: flags.terminatedPodGcThreshold,
    onError: (controller, error, about) =>
      log[levelOf(error)]({ controller, about, err: error }, 'failed'),
  })
  const identity = `${hostname()}_${random.uuid()}`
  log.info({ identity, controllers: names }, 'starting')
  return {
    cluster,
    controllers,
    whileLeading: runnables,
    clock,
    random,
    component: 'tiphys',
    ...(flags.leaderElect
      ? {
          leaderElection: {
            namespace: flags.leaderElectNamespace,
            name: flags.leaderElectName,
            identity,
          },
        }
      : {}),
  }
}

/** A conflict is how two writers notice each other; the next run sees what the other wrote. */
const levelOf = (error: unknown) => (isConflict(error) ? 'debug' : 'warn')
