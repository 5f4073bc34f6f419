/**
 * A program of controllers, from its arguments to its end: what it reads of the world (environment, clock, chance,
 * signals) is handed in, and it answers with the code to exit with.
 */

import { writeFile } from 'node:fs/promises'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Cluster } from './cluster.ts'
import type { ClusterConfig, Environment } from './cluster-config.ts'
import type { Controller } from './controller.ts'
import type { Definition } from './defined-kind.ts'
import { findCluster } from './find-cluster.ts'
import { type ManifestFlags, type Output, parseFlags, type RunFlags } from './flags.ts'
import { type HttpCluster, httpCluster } from './http-cluster.ts'
import { installKinds } from './install.ts'
import { type ManagerOptions, type Runnable, startManager } from './manager.ts'
import {
  definitionsOf,
  type ManifestsOptions,
  manifestsOf,
  needsConversion,
  roleObjectsOf,
  webhookHost,
} from './manifests.ts'
import { PreflightError } from './preflight.ts'
import { serve } from './serve.ts'
import type { Tracer } from './tracing.ts'

/** What a program consists of. */
export interface Program {
  /** Of its lease, its roles, its Deployment; the first part of its field managers. A DNS label. */
  name: string
  /** The kinds it brings along. */
  kinds: readonly Definition[]
  controllers: Controller[]
  /** What else runs while it leads. */
  whileLeading?: Runnable[]
  /** `trace.getTracer('site')` of the OpenTelemetry API, or anything of that shape. */
  tracer?: Tracer
}

/** What a program needs of the process it is. */
export interface System extends Output {
  clock: Clock
  random: Random
  env: Environment
  hostname: string
  /** Aborts when the process is asked to end. */
  stop: AbortSignal
}

/** How a process ends. */
export const exitCodes = {
  /** It was asked to. */
  stopped: 0,
  /** It has lost its lease, or could not begin. */
  failed: 1,
  /** Its arguments were refused. */
  usage: 2,
  /** It may not do what its controllers declare. */
  forbidden: 3,
} as const

/** @returns the code to exit with */
export async function runProgram(
  program: Program,
  argv: readonly string[],
  system: System,
): Promise<number> {
  const wish = await parseFlags(program.name, argv, system)
  switch (wish.command) {
    case 'none':
      return wish.code
    case 'manifests':
      await printManifests(program, wish.flags, system)
      return exitCodes.stopped
    case 'run':
      return run(program, wish.flags, system)
    default:
      return wish satisfies never
  }
}

async function printManifests(
  { name, kinds, controllers }: Program,
  { role, kinds: kindsOnly, output, ...flags }: ManifestFlags,
  { clock, write }: System,
): Promise<void> {
  const { namespace = name } = flags
  const options: ManifestsOptions = { name, kinds, controllers, ...flags, namespace }
  if (needsConversion(kinds) && !role) {
    const { selfSigned } = await import('./webhook-certificate.ts')
    options.certificate = await selfSigned(webhookHost(name, namespace), clock)
  }
  const objects: object[] = role
    ? roleObjectsOf(options)
    : kindsOnly
      ? definitionsOf(options)
      : manifestsOf(options)
  const { stringify } = await import('yaml')
  const text = objects
    .map((object) => `---\n${stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })}`)
    .join('')
  if (output === undefined) write(text)
  else await writeFile(output, text)
}

async function run(program: Program, flags: RunFlags, system: System): Promise<number> {
  const { pino } = await import('pino')
  const log = pino(
    { name: program.name, level: flags.logLevel },
    { write: (line: string) => system.write(line) },
  )
  try {
    const config = await findCluster({ ...flags, clock: system.clock, env: system.env })
    const cluster = httpCluster(config, { clock: system.clock, userAgent: program.name })
    try {
      await runAgainst(cluster, config, program, flags, { ...system, log })
    } finally {
      cluster.close()
    }
    return exitCodes.stopped
  } catch (error) {
    if (system.stop.aborted) return exitCodes.stopped
    if (error instanceof PreflightError) {
      log.error({ missing: error.missing }, error.message)
      return exitCodes.forbidden
    }
    log.error({ err: error }, `ended: ${error instanceof Error ? error.message : error}`)
    return exitCodes.failed
  }
}

type Logging = System & { log: import('pino').Logger }

async function runAgainst(
  cluster: HttpCluster,
  config: ClusterConfig,
  program: Program,
  flags: RunFlags,
  system: Logging,
): Promise<void> {
  const { name, controllers, whileLeading, tracer } = program
  const { clock, random, log, stop, hostname } = system
  const webhook = await serveConversions(program, flags, system)
  try {
    const namespace = flags.namespace ?? config.namespace ?? 'default'
    if (flags.installKinds) await install(program, namespace, cluster, system)
    const identity = `${hostname}_${random.uuid()}`
    const { watchNamespace, preflight } = flags
    const options: ManagerOptions = {
      cluster,
      controllers,
      clock,
      random,
      component: name,
      preflight,
      ...(watchNamespace === undefined ? {} : { watchNamespace }),
      ...(whileLeading === undefined ? {} : { whileLeading }),
      ...(tracer === undefined ? {} : { tracer }),
      ...(flags.leaderElect ? { leaderElection: { namespace, name, identity } } : {}),
    }
    const health = { address: flags.healthAddress, port: flags.healthPort }
    await serve({ start: () => startManager(options), log, stop, health })
  } finally {
    await webhook?.close()
  }
}

/** Whom to trust where versions are converted is not said here: that is in the manifests, and stays as it is. */
async function install(
  { name, kinds }: Program,
  namespace: string,
  cluster: Cluster,
  { clock, random, stop: signal }: System,
): Promise<void> {
  const definitions = definitionsOf({ name, namespace, kinds, controllers: [] })
  await installKinds(definitions, { cluster, clock, random, signal, fieldManager: name })
}

async function serveConversions({ kinds }: Program, flags: RunFlags, { clock, log }: Logging) {
  const { webhookPort: port, webhookCertificates: certificates } = flags
  if (!needsConversion(kinds)) return undefined
  if (port < 0) {
    if (flags.installKinds)
      log.warn(
        'conversions are served by nobody (--webhook-port): only stored versions can be read',
      )
    return undefined
  }
  const { startWebhookServer } = await import('./webhook-server.ts')
  const report = (error: unknown) => log.warn({ err: error }, 'the certificate cannot be read')
  const server = await startWebhookServer({ kinds, clock, port, certificates, report })
  log.info({ port: server.port }, 'conversions are served')
  return server
}
