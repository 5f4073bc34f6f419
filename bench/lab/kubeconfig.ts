/** How a component of its own reaches the API server under measurement. */

import { writeFile } from 'node:fs/promises'
import { kubeconfigOf } from '../../cli/kubeconfig.ts'
import type { Address } from './connection.ts'
import type { Lab } from './lab.ts'

/** Writes one; returns its path. */
export async function kubeconfigFor(lab: Lab, address: Address): Promise<string> {
  const { port, ca, certificate, key } = address
  const path = lab.path(`kubeconfig-${port}`)
  const server = `https://127.0.0.1:${port}`
  await writeFile(path, kubeconfigOf({ name: 'bench', server, authority: ca, certificate, key }), {
    mode: 0o600,
  })
  return path
}
