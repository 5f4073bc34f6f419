/** Where a cluster is and who we are there, as every pod is told; the token is read anew as it is renewed. */

import { readFile } from 'node:fs/promises'
import type { Clock } from '../../ports/clock.ts'
import { type ClusterConfig, KubeconfigError } from './cluster-config.ts'

/** The config of a pod: `host` and `port` are `KUBERNETES_SERVICE_HOST` and `_PORT`. */
export async function inClusterConfig(options: {
  clock: Clock
  host: string
  port: string
  directory?: string
}): Promise<ClusterConfig> {
  const { clock, host, port } = options
  const directory = options.directory ?? '/var/run/secrets/kubernetes.io/serviceaccount'
  const read = (name: string) =>
    readFile(`${directory}/${name}`, 'utf8').catch((error: Error) => {
      throw new KubeconfigError(`not in a cluster: ${error.message}`)
    })
  const namespace = (await read('namespace')).trim()
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: await read('ca.crt'),
    token: fileToken(`${directory}/token`, clock),
    ...(namespace ? { namespace } : {}),
  }
}

/** Renewed tokens are noticed within a minute, and at once when the old one is refused. */
export function fileToken(path: string, clock: Clock): (renew?: boolean) => Promise<string> {
  let known: { token: string; at: number } | undefined
  return async (renew = false) => {
    const now = clock.monotonic()
    if (!renew && known && now - known.at < 60_000) return known.token
    try {
      known = { token: (await readFile(path, 'utf8')).trim(), at: now }
    } catch (error) {
      const { message } = error as Error
      // A file that is being replaced: the old token may well hold until the new one is there.
      if (!known) throw new KubeconfigError(`cannot read the token ${path}: ${message}`)
    }
    return known.token
  }
}
