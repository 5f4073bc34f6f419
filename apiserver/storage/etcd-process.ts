/**
 * A private etcd for tests and benchmarks: free ports on loopback, a data directory of its own, gone when stopped.
 * Nothing that serves a cluster uses it.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../ports/clock.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { openEtcd } from './etcd.ts'

export const etcdBinary = '/usr/bin/etcd'

/** Why no etcd can be started here; `undefined` where it can. */
export function etcdMissing(): string | undefined {
  return existsSync(etcdBinary) ? undefined : `${etcdBinary} is not installed`
}

export interface EtcdProcess {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string
  readonly pid: number
  /** Ends the process at once, as a crash would; its data stay. */
  kill(): Promise<void>
  /** Starts it again on the same ports and data. */
  restart(): Promise<void>
  /** Ends the process and removes its data. */
  stop(): Promise<void>
}

/**
 * Resolves when it answers.
 * @throws when it ends or does not answer within ten seconds
 */
export async function startEtcd(clock: Clock = systemClock): Promise<EtcdProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'tiphys-etcd-'))
  const [client, peer] = await freePorts(2)
  const endpoint = `http://127.0.0.1:${client}`
  let child = await launch(directory, endpoint, `http://127.0.0.1:${peer}`, clock)
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
  }
  return {
    endpoint,
    get pid() {
      return child.pid as number
    },
    kill,
    async restart() {
      await kill()
      child = await launch(directory, endpoint, `http://127.0.0.1:${peer}`, clock)
    },
    async stop() {
      await kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function launch(
  directory: string,
  endpoint: string,
  peer: string,
  clock: Clock,
): Promise<ChildProcess> {
  const args = [
    ['--name', 'one'],
    ['--data-dir', directory],
    ['--listen-client-urls', endpoint],
    ['--advertise-client-urls', endpoint],
    ['--listen-peer-urls', peer],
    ['--initial-advertise-peer-urls', peer],
    ['--initial-cluster', `one=${peer}`],
    ['--snapshot-count', '10000'],
    ['--logger', 'zap'],
    ['--log-level', 'error'],
  ].flat()
  const child = spawn(etcdBinary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000)
  })
  await answers(child, endpoint, clock, () => complaint)
  return child
}

async function answers(
  child: ChildProcess,
  endpoint: string,
  clock: Clock,
  complaint: () => string,
): Promise<void> {
  const storage = openEtcd({ endpoints: [endpoint], timeoutMs: 10_000, clock })
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`etcd ended with ${code}: ${complaint()}`)))
  })
  try {
    await Promise.race([storage.revision(), ended])
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    await storage.close()
    ended.catch(() => undefined) // its end is expected from here on
  }
}

/** Ports nobody listens on right now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
