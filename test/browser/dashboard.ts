/** Where the rollout page is: that of a running instance, or one that is served for a test, of a cluster or a recording. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestCluster } from '../e2e/cluster.ts'

export interface Looked {
  namespace: string
  deployment?: string
  /** A revision of the past. */
  at?: number
}

export class Dashboard {
  /** `http://127.0.0.1:6480`. */
  readonly origin: string
  readonly token: string

  /** @param address as the command prints it */
  constructor(address: string) {
    const { origin, hash } = new URL(address)
    this.origin = origin
    this.token = new URLSearchParams(hash.slice(1)).get('token') ?? ''
  }

  urlOf({ namespace, deployment, at }: Looked): string {
    const fields = new URLSearchParams({ token: this.token, namespace })
    if (deployment) fields.set('deployment', deployment)
    if (at !== undefined) fields.set('at', `r${at}`)
    return `${this.origin}/#${fields}`
  }
}

/** That of an instance which was started with `dashboard: true`. */
export async function dashboardOf(cluster: TestCluster): Promise<Dashboard> {
  const { code, stdout, stderr } = await cluster.tiphys('dashboard')
  if (code !== 0) throw new Error(`tiphys dashboard ended with ${code}:\n${stdout}${stderr}`)
  return new Dashboard(stdout.trim())
}

/** One that this process serves until it is stopped. */
export interface ServedDashboard {
  dashboard: Dashboard
  stop(): Promise<void>
}

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

/** Resolves when it is served. @param of a cluster's kubeconfig, or the file of a recording */
export async function serveDashboard(
  of: { kubeconfig: string } | { file: string },
): Promise<ServedDashboard> {
  const what = 'file' in of ? of.file : `--kubeconfig=${of.kubeconfig}`
  const child = spawn(process.execPath, [main, 'dashboard', what, '--port=0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: '/nonexistent' },
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const ended = once(child, 'exit')
  // A test that was cut off must not leave it behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const printed = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const first = await Promise.race([printed, ended.then(() => undefined)])
  if (!first) throw new Error(`tiphys dashboard ended with ${child.exitCode}:\n${complaint}`)
  return {
    dashboard: new Dashboard(first[0]),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
