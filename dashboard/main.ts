/** Runs the rollout page's server for one cluster until SIGTERM: what an instance supervises, and `tiphys dashboard` beside it. */

import { Command, InvalidArgumentError } from 'commander'
import type { ClusterConfig } from '../controllers/framework/cluster-config.ts'
import { systemRandom } from '../ports/random.ts'
import { systemClock } from '../ports/system-clock.ts'
import { pageOrNotice } from './notice.ts'
import { startDashboard } from './server/dashboard.ts'
import { tokenIn } from './server/token.ts'

interface Flags {
  kubeconfig: string
  port: number
  tokenFile: string
  contextName: string
}

const port = (text: string): number => {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('a port is a number.')
  return Number(text)
}

const parse = (argv: string[]): Flags =>
  new Command('dashboard')
    .description('serve the rollout page of one cluster on the loopback address')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server')
    .requiredOption('--token-file <file>', 'holds the token of the page; made where it is missing')
    .option('--port <port>', 'of the page; 0: any that is free', port, 6480)
    .option('--context-name <name>', 'what the cluster is called on the page', '')
    .parse(argv, { from: 'user' })
    .opts<Flags>()

/** Resolves after SIGTERM or SIGINT. Rejects when it cannot start. */
export async function main(argv: string[]): Promise<void> {
  const flags = parse(argv)
  const log = (message: string, fields: object = {}) =>
    process.stdout.write(
      `${JSON.stringify({ time: new Date().toISOString(), message, ...fields })}\n`,
    )
  const report = (error: unknown) => log('failed', { error: wordsOf(error) })
  const dashboard = await startDashboard({
    of: { config: () => configIn(flags.kubeconfig), context: flags.contextName },
    port: flags.port,
    token: tokenIn(flags.tokenFile),
    assets: await pageOrNotice(report),
    clock: systemClock,
    random: systemRandom,
    report,
  })
  log('the page is served', { port: dashboard.port })
  await stopped()
  await dashboard.close()
}

async function configIn(kubeconfig: string): Promise<ClusterConfig> {
  const { loadKubeconfig } = await import('../controllers/framework/kubeconfig.ts')
  return loadKubeconfig(kubeconfig, { clock: systemClock })
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve())
  })
