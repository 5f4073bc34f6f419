/**
 * Where a cluster is and who we are there, from a kubeconfig or from a pod's service account. It reads files it is
 * pointed to and nothing else: no environment, no home directory. Credential plugins are refused, not ignored.
 */

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Clock } from '../../ports/clock.ts'

/** All that is needed to speak to one API server. */
export interface ClusterConfig {
  /** `https://127.0.0.1:6443`, perhaps with a path. */
  server: string
  /** PEM. The system's authorities without it. */
  ca?: string
  /** PEM: the client certificate and its key. */
  certificate?: string
  key?: string
  /** Asked once a request, so that tokens may be renewed. */
  token?: () => Promise<string>
  /** `user:password`. */
  basic?: string
  insecureSkipTlsVerify?: boolean
  /** The name the server's certificate must bear, where that is not the host of `server`. */
  tlsServerName?: string
  /** What the context says; nothing in the framework defaults to it. */
  namespace?: string
}

export class KubeconfigError extends Error {
  override name = 'KubeconfigError'
}

interface NamedCluster {
  name?: string
  cluster?: {
    server?: string
    'certificate-authority'?: string
    'certificate-authority-data'?: string
    'insecure-skip-tls-verify'?: boolean
    'tls-server-name'?: string
    'proxy-url'?: string
  }
}

interface NamedUser {
  name?: string
  user?: {
    'client-certificate'?: string
    'client-certificate-data'?: string
    'client-key'?: string
    'client-key-data'?: string
    token?: string
    tokenFile?: string
    username?: string
    password?: string
    exec?: unknown
    'auth-provider'?: unknown
  }
}

interface Kubeconfig {
  'current-context'?: string
  contexts?: { name?: string; context?: { cluster?: string; user?: string; namespace?: string } }[]
  clusters?: NamedCluster[]
  users?: NamedUser[]
}

/**
 * Reads the kubeconfig at `path`. Relative file names in it are relative to it.
 * @throws KubeconfigError naming what is missing
 */
export async function loadKubeconfig(
  path: string,
  options: { clock: Clock; context?: string },
): Promise<ClusterConfig> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new KubeconfigError(`cannot read the kubeconfig ${path}: ${error.message}`)
  })
  const { parse } = await import('yaml')
  const config = parse(text) as Kubeconfig | null
  const name = options.context ?? config?.['current-context']
  const context = config?.contexts?.find((entry) => entry.name === name)?.context
  if (!context) throw new KubeconfigError(`${path} has no context "${name ?? ''}"`)
  const cluster = config?.clusters?.find((entry) => entry.name === context.cluster)?.cluster
  if (!cluster?.server)
    throw new KubeconfigError(`${path}: the cluster "${context.cluster}" has no server`)
  if (cluster['proxy-url'])
    throw new KubeconfigError(`${path}: proxy-url is not supported; speak to the server directly`)
  const user = config?.users?.find((entry) => entry.name === context.user)?.user ?? {}
  return {
    server: cluster.server,
    ...(cluster['insecure-skip-tls-verify'] ? { insecureSkipTlsVerify: true } : {}),
    ...(cluster['tls-server-name'] ? { tlsServerName: cluster['tls-server-name'] } : {}),
    ...(context.namespace ? { namespace: context.namespace } : {}),
    ...(await authority(cluster, path)),
    ...(await credentials(user, path, options.clock)),
  }
}

async function authority(cluster: NonNullable<NamedCluster['cluster']>, path: string) {
  const ca = await pem(
    cluster['certificate-authority-data'],
    cluster['certificate-authority'],
    path,
  )
  return ca === undefined ? {} : { ca }
}

async function credentials(
  user: NonNullable<NamedUser['user']>,
  path: string,
  clock: Clock,
): Promise<Partial<ClusterConfig>> {
  if (user.exec || user['auth-provider'])
    throw new KubeconfigError(
      `${path}: credential plugins (exec, auth-provider) are not supported; use a certificate or a token`,
    )
  const certificate = await pem(user['client-certificate-data'], user['client-certificate'], path)
  const key = await pem(user['client-key-data'], user['client-key'], path)
  const { token, tokenFile, username, password } = user
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(username === undefined ? {} : { basic: `${username}:${password ?? ''}` }),
    ...(tokenFile
      ? { token: fileToken(resolve(dirname(path), tokenFile), clock) }
      : token
        ? { token: () => Promise.resolve(token) }
        : {}),
  }
}

async function pem(data: string | undefined, file: string | undefined, path: string) {
  if (data) return Buffer.from(data, 'base64').toString()
  if (!file) return undefined
  const absolute = resolve(dirname(path), file)
  return readFile(absolute, 'utf8').catch((error: Error) => {
    throw new KubeconfigError(`${path} names a file that cannot be read: ${error.message}`)
  })
}

/** Renewed tokens are noticed within a minute. */
function fileToken(path: string, clock: Clock): () => Promise<string> {
  let known: { token: string; at: number } | undefined
  return async () => {
    const now = clock.monotonic()
    if (known && now - known.at < 60_000) return known.token
    const token = (await readFile(path, 'utf8')).trim()
    known = { token, at: now }
    return token
  }
}

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
