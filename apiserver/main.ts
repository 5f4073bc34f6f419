/** Runs the API server: flags in, a store opened, certificates read, sockets listening; and all of it back on SIGTERM. */

import { readFile, stat } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type Logger, pino } from 'pino'
import { every } from '../ports/every.ts'
import { systemRandom } from '../ports/random.ts'
import { systemClock } from '../ports/system-clock.ts'
import { type AccessFlags, addAccessFlags, readAccess } from './access-flags.ts'
import type { FrontProxy } from './aggregation/remote-api.ts'
import { type AuditFlags, addAuditFlags, openAudit } from './audit-flags.ts'
import { keepHistory } from './history.ts'
import type { TlsOptions } from './http/listener.ts'
import type { SubresourceHandlers } from './http/subresource-handler.ts'
import { startApiServer } from './server.ts'
import type { Storage } from './storage/storage.ts'
import type { NodeClient } from './streaming/node-client.ts'

interface Flags extends AccessFlags, AuditFlags {
  storage: 'etcd' | 'sqlite'
  etcdServers: string[]
  sqliteFile?: string
  bindAddress: string[]
  advertiseAddress?: string
  securePort: number
  tlsCertFile: string
  tlsPrivateKeyFile: string
  clientCaFile: string
  kubeletClientCertificate?: string
  kubeletClientKey?: string
  kubeletCertificateAuthority?: string
  proxyClientCertFile?: string
  proxyClientKeyFile?: string
  requestheaderClientCaFile?: string
  serviceClusterIpRange: string
  serviceNodePortRange: string
  historyHours: number
  historyBytes: number
}

const clock = systemClock

const list = (text: string) => text.split(',').filter((part) => part !== '')

const port = (text: string): number => {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > 65_535)
    throw new InvalidArgumentError('a port is a number from 0 (any) to 65535.')
  return value
}

const hours = (text: string): number => {
  if (!(Number(text) > 0)) throw new InvalidArgumentError('a number of hours, more than 0.')
  return Number(text)
}

const bytes = (text: string): number => {
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new InvalidArgumentError('a number of bytes, more than 0.')
  return Number(text)
}

function command(): Command {
  const command = new Command('apiserver')
    .description('Serve the Kubernetes API from a store.')
    .addOption(
      new Option('--storage <kind>', 'where objects are kept')
        .choices(['etcd', 'sqlite'])
        .default('sqlite'),
    )
    .option('--etcd-servers <urls>', 'comma-separated: http(s)://HOST:PORT or unix:///PATH', list, [
      'http://127.0.0.1:2379',
    ])
    .option('--sqlite-file <file>', 'the embedded store; needed with --storage=sqlite')
    .option('--bind-address <addresses>', 'comma-separated addresses to listen on', list, [
      '127.0.0.1',
    ])
    .option('--advertise-address <address>', 'where pods reach this server')
    .option('--secure-port <port>', 'where HTTPS is served', port, 6443)
    .requiredOption('--tls-cert-file <file>', 'the serving certificate')
    .requiredOption('--tls-private-key-file <file>', 'its key')
    .requiredOption('--client-ca-file <file>', 'who vouches for clients')
    .option('--kubelet-client-certificate <file>', 'how this server proves itself to nodes')
    .option('--kubelet-client-key <file>', 'its key')
    .option('--kubelet-certificate-authority <file>', 'who vouches for nodes')
    .option(
      '--proxy-client-cert-file <file>',
      'how this server speaks for users to aggregated ones',
    )
    .option('--proxy-client-key-file <file>', 'its key')
    .option(
      '--requestheader-client-ca-file <file>',
      'who vouches for that; told to aggregated servers',
    )
    .option('--service-cluster-ip-range <range>', 'addresses of services', '10.96.0.0/16')
    .option('--service-node-port-range <range>', 'ports of services on nodes', '30000-32767')
    .option('--history-hours <hours>', 'how long past versions can be read', hours, 24)
    .option(
      '--history-bytes <bytes>',
      'how much of them is kept: what comes first of the two counts',
      bytes,
      256 * 2 ** 20,
    )
  return addAuditFlags(addAccessFlags(command))
}

/** Starts the server and returns once it listens; SIGTERM or SIGINT stop it. */
export async function main(argv: string[]): Promise<void> {
  const flags = command().parse(argv, { from: 'user' }).opts<Flags>()
  const log = pino({ base: { component: 'apiserver' } })
  const report = (error: unknown) => log.error({ err: error }, 'unexpected error')
  const audit = await openAudit(flags, { clock, output: process.stdout, report })
  const storage = await openStorage(flags)
  const nodes = await nodeStreams(flags)
  const certificates = new Certificates(flags)
  const server = await startApiServer({
    storage,
    clock,
    random: systemRandom,
    tls: await certificates.read(),
    addresses: flags.bindAddress,
    port: flags.securePort,
    advertiseAddress: flags.advertiseAddress,
    serviceClusterIpRange: flags.serviceClusterIpRange,
    serviceNodePortRange: flags.serviceNodePortRange,
    frontProxy: await frontProxy(flags),
    access: await readAccess(flags),
    keptServiceAccounts: true,
    handlers: nodes?.handlers,
    askNode: nodes && ((node, path, signal) => nodes.client.get(node, path, signal)),
    proxy: nodes && { nodeTls: (node) => nodes.client.tls(node) },
    audit,
    report,
  })
  const limits = { ageMs: flags.historyHours * 3_600_000, bytes: flags.historyBytes }
  const written = () => server.hub.written
  const stopForgetting = keepHistory(storage, clock, limits, written, report)
  const stopRenewing = certificates.follow((tls) => {
    server.renewCertificates(tls)
    log.info('took renewed certificates')
  }, report)
  log.info({ url: server.url, storage: flags.storage }, 'serving')
  stopOnSignal(log, async () => {
    stopRenewing()
    stopForgetting()
    await server.close()
    nodes?.close()
    await audit?.close()
    await storage.close()
  })
}

/** Only the chosen store's code is loaded. */
async function openStorage(flags: Flags): Promise<Storage> {
  if (flags.storage === 'etcd') {
    const { openEtcd } = await import('./storage/etcd.ts')
    return openEtcd({ endpoints: flags.etcdServers })
  }
  if (flags.sqliteFile === undefined)
    throw new Error('--storage=sqlite needs --sqlite-file: the file to keep objects in')
  const { openSqlite } = await import('./storage/sqlite.ts')
  return openSqlite({ file: flags.sqliteFile })
}

/** Logs, exec and the like, if this server can prove itself to nodes. */
async function nodeStreams(
  flags: Flags,
): Promise<{ handlers: SubresourceHandlers; client: NodeClient; close(): void } | undefined> {
  const files = [
    flags.kubeletClientCertificate,
    flags.kubeletClientKey,
    flags.kubeletCertificateAuthority,
  ]
  if (files.some((file) => file === undefined)) return undefined
  const [cert = '', key = '', ca = ''] = await Promise.all(
    files.map((file) => readFile(file ?? '', 'utf8')),
  )
  const [{ NodeClient }, { podStreams }] = await Promise.all([
    import('./streaming/node-client.ts'),
    import('./streaming/pod-streams.ts'),
  ])
  const client = new NodeClient({ cert, key, ca })
  return { handlers: podStreams(client), client, close: () => client.close() }
}

/** Where all three files are named. */
async function frontProxy(flags: Flags): Promise<FrontProxy | undefined> {
  const { proxyClientCertFile, proxyClientKeyFile, requestheaderClientCaFile } = flags
  if (!proxyClientCertFile || !proxyClientKeyFile || !requestheaderClientCaFile) return undefined
  const [certificate, key, authority] = await Promise.all(
    [proxyClientCertFile, proxyClientKeyFile, requestheaderClientCaFile].map((file) =>
      readFile(file, 'utf8'),
    ),
  )
  return { certificate: certificate!, key: key!, authority: authority! }
}

const lookEvery = 60_000

/** The serving certificate as it stands in its files, which may be renewed at any time. */
class Certificates {
  readonly #files: readonly [string, string, string]
  #changed = 0

  constructor(flags: Flags) {
    this.#files = [flags.tlsCertFile, flags.tlsPrivateKeyFile, flags.clientCaFile]
  }

  async read(): Promise<TlsOptions> {
    this.#changed = await this.#newest()
    const [certificate = '', key = '', clientAuthority = ''] = await Promise.all(
      this.#files.map((file) => readFile(file, 'utf8')),
    )
    return { certificate, key, clientAuthority }
  }

  async #newest(): Promise<number> {
    const stats = await Promise.all(this.#files.map((file) => stat(file)))
    return Math.max(...stats.map(({ mtimeMs }) => mtimeMs))
  }

  /** Looks every minute whether the files have changed, until cancelled. */
  follow(renewed: (tls: TlsOptions) => void, report: (error: unknown) => void): () => void {
    const look = async () => {
      if ((await this.#newest()) !== this.#changed) renewed(await this.read())
    }
    return every(clock, lookEvery, look, report)
  }
}

function stopOnSignal(log: Logger, stop: () => Promise<void>): void {
  let stopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    // The second one means it.
    if (stopping) process.exit(1)
    stopping = true
    log.info({ signal }, 'stopping')
    stop().then(
      () => {
        log.info('stopped')
        process.exit(0)
      },
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}
