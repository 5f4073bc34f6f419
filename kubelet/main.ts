/** Runs the node agent: one node on containerd, or many simulated ones, until SIGTERM. */

import { type Logger, pino } from 'pino'
import {
  type HttpCluster,
  httpCluster,
  Informers,
  loadKubeconfig,
} from '../controllers/framework/index.ts'
import { systemRandom } from '../ports/random.ts'
import { systemClock } from '../ports/system-clock.ts'
import { type RunningNode, startContainerdNode } from './containerd-node.ts'
import { type Flags, parseFlags } from './flags.ts'
import { startSimulatedNodes } from './simulated-nodes.ts'

const clock = systemClock
const random = systemRandom

/** Resolves after SIGTERM or SIGINT; containers go on running. Rejects when it cannot start. */
export async function main(argv: string[]): Promise<void> {
  const flags = parseFlags(argv)
  const log = pino({ name: 'kubelet' })
  const config = await loadKubeconfig(flags.kubeconfig, { clock })
  const cluster = httpCluster(config, { clock, userAgent: 'tiphys-kubelet' })
  const informers = new Informers({ cluster, clock, random })
  const stopped = stopSignal()
  const node = await start(flags, cluster, informers, log, stopped.signal)
  log.info({ node: flags.nodeName, runtime: flags.runtime, port: node.port }, 'running')
  await stopped.promise
  log.info('stopping; containers go on running')
  await node.stop()
  informers.stop()
  cluster.close()
}

function start(
  flags: Flags,
  cluster: HttpCluster,
  informers: Informers,
  log: Logger,
  signal: AbortSignal,
): Promise<RunningNode> {
  const onError = (error: unknown) => log.warn({ err: error }, 'failed')
  const options = { flags, cluster, informers, clock, random, onError, signal, pid: process.pid }
  return flags.runtime === 'simulated' ? startSimulatedNodes(options) : startContainerdNode(options)
}

function stopSignal(): { promise: Promise<void>; signal: AbortSignal } {
  const controller = new AbortController()
  const promise = new Promise<void>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const)
      process.once(name, () => {
        controller.abort(new Error(`received ${name}`))
        resolve()
      })
  })
  return { promise, signal: controller.signal }
}
