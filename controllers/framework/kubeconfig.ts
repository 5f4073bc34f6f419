/**
 * Where a cluster is and who we are there, from kubeconfigs. It reads files and runs credential plugins that it is
 * pointed to and nothing else.
 */

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Clock } from '../../ports/clock.ts'
import { type ClusterConfig, type Environment, KubeconfigError } from './cluster-config.ts'
import { type ExecPlugin, execCredential } from './exec-credential.ts'
import { fileToken } from './service-account.ts'

interface ClusterEntry {
  server?: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
  'tls-server-name'?: string
  'proxy-url'?: string
}

interface UserEntry {
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  token?: string
  tokenFile?: string
  username?: string
  password?: string
  as?: string
  'as-uid'?: string
  'as-groups'?: string[]
  'as-user-extra'?: Record<string, string[]>
  exec?: ExecPlugin
  'auth-provider'?: unknown
}

interface ContextEntry {
  cluster?: string
  user?: string
  namespace?: string
}

interface Kubeconfig {
  'current-context'?: string
  contexts?: { name?: string; context?: ContextEntry }[]
  clusters?: { name?: string; cluster?: ClusterEntry }[]
  users?: { name?: string; user?: UserEntry }[]
}

/** An entry, and the file it stands in: names of files in it are relative to that one. */
interface Found<T> {
  entry: T
  path: string
}

/** Which file, and which of its contexts. */
export interface KubeconfigOptions {
  clock: Clock
  /** Which context; the current one without it. */
  context?: string
  /** The environment that credential plugins run in. */
  env?: Environment
}

/**
 * Reads a kubeconfig, or several that make one: of entries with the same name the first counts, and files that are not
 * there are passed over if another is.
 *
 *     await loadKubeconfig('/etc/kubernetes/admin.conf', { clock })
 *
 * @throws KubeconfigError naming what is missing
 */
export async function loadKubeconfig(
  paths: string | readonly string[],
  options: KubeconfigOptions,
): Promise<ClusterConfig> {
  const files = await readAll(typeof paths === 'string' ? [paths] : paths)
  const all = files.map(({ path }) => path).join(', ')
  const name =
    options.context ?? files.map(({ entry }) => entry['current-context']).find(Boolean) ?? ''
  const find = <T>(pick: (config: Kubeconfig) => T | undefined): Found<T> | undefined => {
    for (const { entry, path } of files) {
      const found = pick(entry)
      if (found !== undefined) return { entry: found, path }
    }
    return undefined
  }
  const context = find(({ contexts }) => contexts?.find((one) => one.name === name)?.context)?.entry
  if (!context) throw new KubeconfigError(`${all} has no context "${name}"`)
  const cluster = find(
    ({ clusters }) => clusters?.find((one) => one.name === context.cluster)?.cluster,
  )
  if (!cluster?.entry.server)
    throw new KubeconfigError(`${all}: the cluster "${context.cluster}" has no server`)
  const user = find(({ users }) => users?.find((one) => one.name === context.user)?.user)
  if (context.user && !user)
    throw new KubeconfigError(`${all} has no user "${context.user}", which the context names`)
  return {
    ...(await placeOf(cluster)),
    ...(context.namespace ? { namespace: context.namespace } : {}),
    ...(user ? await credentials(user, cluster.entry, options) : {}),
  }
}

async function readAll(paths: readonly string[]): Promise<Found<Kubeconfig>[]> {
  const { parse } = await import('yaml')
  const files: Found<Kubeconfig>[] = []
  let unread: KubeconfigError | undefined
  for (const path of paths) {
    try {
      const entry = parse(await readFile(path, 'utf8')) as Kubeconfig | null
      if (entry) files.push({ entry, path })
      else unread = new KubeconfigError(`the kubeconfig ${path} is empty`)
    } catch (error) {
      const { message } = error as Error
      unread = new KubeconfigError(`cannot read the kubeconfig ${path}: ${message}`)
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unread
    }
  }
  if (files.length === 0) throw unread ?? new KubeconfigError('no kubeconfig was named')
  return files
}

async function placeOf({ entry, path }: Found<ClusterEntry>) {
  if (entry['proxy-url'])
    throw new KubeconfigError(`${path}: proxy-url is not supported; speak to the server directly`)
  const ca = await pem(entry['certificate-authority-data'], entry['certificate-authority'], path)
  return {
    server: entry.server ?? '',
    ...(ca === undefined ? {} : { ca }),
    ...(entry['insecure-skip-tls-verify'] ? { insecureSkipTlsVerify: true } : {}),
    ...(entry['tls-server-name'] ? { tlsServerName: entry['tls-server-name'] } : {}),
  }
}

async function credentials(
  { entry: user, path }: Found<UserEntry>,
  cluster: ClusterEntry,
  { clock, env = {} }: KubeconfigOptions,
): Promise<Partial<ClusterConfig>> {
  if (user['auth-provider'])
    throw new KubeconfigError(
      `${path}: auth-provider is not supported; use exec, a certificate or a token`,
    )
  const certificate = await pem(user['client-certificate-data'], user['client-certificate'], path)
  const key = await pem(user['client-key-data'], user['client-key'], path)
  const { token, tokenFile, username, password, exec } = user
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(username === undefined ? {} : { basic: `${username}:${password ?? ''}` }),
    ...(tokenFile
      ? { token: fileToken(resolve(dirname(path), tokenFile), clock) }
      : token
        ? { token: () => Promise.resolve(token) }
        : exec
          ? fromPlugin(execCredential(exec, { clock, env, path, cluster }))
          : {}),
    ...impersonationOf(user),
  }
}

function fromPlugin(ask: ReturnType<typeof execCredential>) {
  return {
    token: async (renew?: boolean) => (await ask(renew)).token ?? '',
    clientCertificate: () => ask(),
  }
}

function impersonationOf(user: UserEntry): Pick<ClusterConfig, 'impersonate'> {
  if (!user.as) return {}
  const { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = user
  return {
    impersonate: {
      user: as,
      ...(uid ? { uid } : {}),
      ...(groups ? { groups } : {}),
      ...(extra ? { extra } : {}),
    },
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
