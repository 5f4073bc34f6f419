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

/** `undefined` where the Secret has none for this host. Throws when it cannot be read. */
export function credentialsFor(host: string, secret: Secret): Credentials | undefined {
  const encoded = secret.data?.['.dockerconfigjson']
  if (encoded === undefined)
    throw new Error(`Secret ${secret.metadata.name} has no .dockerconfigjson`)
  const { auths } = parsed(secret, encoded)
  const entries = Object.entries(auths ?? {})
  const [, login] = entries.find(([server]) => hostOf(server) === hostOf(host)) ?? []
  return login && credentialsOf(login)
}

function parsed({ metadata }: Secret, encoded: string): { auths?: Record<string, Login> } {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString()) as never
  } catch (error) {
    throw new Error(`Secret ${metadata.name}: .dockerconfigjson is not JSON`, { cause: error })
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
