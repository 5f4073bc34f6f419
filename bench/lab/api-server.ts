/** The real API server as a child process, on a store of its own, and a client's way to it. */

import { join } from 'node:path'
import { type EtcdProcess, startEtcd } from '../../apiserver/storage/etcd-process.ts'
import { freePort } from '../../cli/host.ts'
import { sleep } from '../../ports/clock.ts'
import { type Address, Connection, requestBytes } from './connection.ts'
import type { Lab } from './lab.ts'
import { pkiOf } from './pki.ts'
import { type Child, startChild } from './remote.ts'
import type { UsageMethods } from './usage.ts'

export type StorageKind = 'etcd' | 'sqlite'

export interface ApiServer {
  address: Address
  process: Child<UsageMethods>
  /** Milliseconds from starting the process to the first 200 of /readyz. */
  startMs: number
  /** Only with etcd. */
  etcd: EtcdProcess | undefined
  stop(): Promise<void>
}

const root = join(import.meta.dirname, '..', '..')
/** How often /readyz is asked while the server starts. */
const askEveryMs = 5
const startWithinMs = 20_000

/** On an etcd of its own (or the one that is given), or on a file of its own. Ends with the lab. */
export async function startApiServer(
  lab: Lab,
  storage: StorageKind,
  options: { etcd?: EtcdProcess; file?: string; port?: number } = {},
): Promise<ApiServer> {
  const pki = await pkiOf(lab)
  const etcd = storage === 'etcd' ? (options.etcd ?? (await startOwnEtcd(lab))) : undefined
  const port = options.port ?? (await freePort())
  const address = { ...pki.client, port }
  const file = options.file ?? lab.path(`store-${port}.db`)
  const start = lab.clock.monotonic()
  const process = lab.use(
    startChild<UsageMethods>(join(root, 'cli', 'main.ts'), {
      args: [
        'apiserver',
        `--storage=${storage}`,
        ...(etcd ? [`--etcd-servers=${etcd.endpoint}`] : [`--sqlite-file=${file}`]),
        `--secure-port=${port}`,
        `--tls-cert-file=${join(pki.directory, 'server.crt')}`,
        `--tls-private-key-file=${join(pki.directory, 'server.key')}`,
        `--client-ca-file=${join(pki.directory, 'ca.crt')}`,
      ],
      nodeArgs: ['--import', join(import.meta.dirname, 'usage.ts'), ...profiling(lab)],
    }),
  )
  await Promise.race([ready(lab, address), process.ended])
  const startMs = lab.clock.monotonic() - start
  await ensureAccount(address)
  return { address, process, startMs, etcd, stop: () => process.stop() }
}

const accounts = '/api/v1/namespaces/default/serviceaccounts'

/** What the controllers of a cluster would have made: no pod is without one. */
async function ensureAccount(address: Address): Promise<void> {
  const { status } = await ask(address, 'GET', `${accounts}/default`)
  if (status === 404) await demand(address, 'POST', accounts, { metadata: { name: 'default' } })
}

const profiling = ({ profiles }: Lab): string[] =>
  profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]

async function startOwnEtcd(lab: Lab): Promise<EtcdProcess> {
  return lab.use(await startEtcd(lab.clock))
}

async function ready(lab: Lab, address: Address): Promise<void> {
  const start = lab.clock.monotonic()
  while (lab.clock.monotonic() - start < startWithinMs) {
    const status = await statusOf(address, '/readyz')
    if (status === 200) return
    await sleep(lab.clock, askEveryMs)
  }
  throw new Error(`the API server is not ready after ${startWithinMs} ms`)
}

/** 0 when nobody answers. */
async function statusOf(address: Address, path: string): Promise<number> {
  try {
    const { status } = await ask(address, 'GET', path)
    return status
  } catch {
    return 0
  }
}

/** One request on a connection of its own, with the answer's body. */
export async function ask(
  address: Address,
  method: string,
  path: string,
  body?: object,
  contentType?: string,
) {
  const connection = await Connection.open(address)
  try {
    const text = body && JSON.stringify(body)
    return await connection.request(requestBytes(method, path, text, contentType), true)
  } finally {
    connection.close()
  }
}

/** The same; rejects where the answer is no success. */
export async function demand(address: Address, method: string, path: string, body?: object) {
  const response = await ask(address, method, path, body)
  if (response.status < 300) return response
  throw new Error(`${method} ${path}: ${response.status} ${response.body}`)
}
