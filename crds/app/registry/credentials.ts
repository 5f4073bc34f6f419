/** Which of a pull Secret's logins is for a registry. Pure. */

import type { Secret } from '../../../controllers/framework/index.ts'
import type { Credentials } from './registry.ts'

export const pullSecretType = 'kubernetes.io/dockerconfigjson'

interface Login {
  username?: unknown
  password?: unknown
  /** `USERNAME:PASSWORD` in base64. */
  auth?: unknown
}

/** `undefined` where the Secret has none for this host. Throws when it cannot be read, and shows nothing of it. */
export function credentialsFor(host: string, { metadata, data }: Secret): Credentials | undefined {
  const encoded = data?.['.dockerconfigjson']
  if (encoded === undefined) throw new Error(`Secret ${metadata.name} has no .dockerconfigjson`)
  const config = parsed(Buffer.from(encoded, 'base64').toString())
  if (!config) throw new Error(`Secret ${metadata.name}: .dockerconfigjson is not a JSON object`)
  const logins = Object.entries(config.auths ?? {})
  const [, login] = logins.find(([server]) => hostOf(server) === hostOf(host)) ?? []
  return login ? credentialsOf(login) : undefined
}

function parsed(text: string): { auths?: Record<string, Login | null> } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? value : undefined
  } catch {
    // The parser's own words quote the text.
    return undefined
  }
}

/** Logins are kept under a host or a URL; Docker's own registry is called by several names. */
function hostOf(server: string): string {
  const host = server.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host
}

function credentialsOf({ username, password, auth }: Login): Credentials | undefined {
  if (typeof username === 'string' && typeof password === 'string') return { username, password }
  if (typeof auth !== 'string') return undefined
  const text = Buffer.from(auth, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}
