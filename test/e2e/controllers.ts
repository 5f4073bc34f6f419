/**
 * A program of controllers beside a test's cluster: installed by its own manifests, run as a process of this machine
 * that may do what its service account may, and nothing else.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'
import type { TestCluster } from './cluster.ts'

const root = join(import.meta.dirname, '..', '..')

export interface RunningControllers {
  /** What it has written so far: lines of JSON, and complaints. */
  readonly log: string
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>
}

/** @param name of a folder in `crds/`; its program, service account and namespace are called the same */
export async function runControllers(
  cluster: TestCluster,
  name: string,
  env: Record<string, string> = {},
): Promise<RunningControllers> {
  await install(cluster, name)
  const kubeconfig = await kubeconfigOf(cluster, name)
  const main = join(root, 'crds', name, 'main.ts')
  const child = spawn(
    process.execPath,
    [main, `--kubeconfig=${kubeconfig}`, `--namespace=${name}`],
    {
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  return follow(child)
}

/** All of its manifest but the Deployment: the program runs outside of the cluster. */
async function install(cluster: TestCluster, name: string): Promise<void> {
  const text = readFileSync(join(root, 'crds', name, 'manifests/install.yaml'), 'utf8')
  const objects = parseAllDocuments(text).map((document) => document.toJS() as { kind: string })
  for (const object of objects) if (object.kind !== 'Deployment') await cluster.apply(object)
  await cluster.waitFor('crd --all', 'condition=Established')
}

async function kubeconfigOf(cluster: TestCluster, name: string): Promise<string> {
  const token = await cluster.kubectl(['create', 'token', name], { namespace: name })
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8'))
  for (const { user } of config.users) {
    for (const key of Object.keys(user)) delete user[key]
    user.token = token.trim()
  }
  const path = `${cluster.kubeconfig}-${name}`
  writeFileSync(path, stringify(config), { mode: 0o600 })
  return path
}

function follow(child: ChildProcess): RunningControllers {
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk
    })
  return {
    get log() {
      return log
    },
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      return child.exitCode
    },
  }
}
