/**
 * Asks a registry over HTTP, as the OCI distribution specification has it: one HEAD a question. It holds nothing between
 * questions, follows no redirect, and speaks without TLS to this machine alone.
 */

import { challengeOf } from './challenge.ts'
import { type Answer, exchange, type Request } from './exchange.ts'
import { type ImageReference, isDigest, isLoopback } from './reference.ts'
import { type Credentials, type Question, type Registry, RegistryError } from './registry.ts'

export interface HttpRegistryOptions {
  /** Milliseconds for all of one answer (5,000). */
  timeout?: number
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

type Tagged = ImageReference & { tag: string }

export const httpRegistry = ({ timeout = 5000 }: HttpRegistryOptions = {}): Registry => ({
  async resolve(image, { credentials, clock, signal }: Question) {
    const late = new AbortController()
    const cancel = clock.after(timeout, () =>
      late.abort(unavailable(image, `no answer within ${timeout} ms`)),
    )
    try {
      return await digestOf(image, credentials, AbortSignal.any([signal, late.signal]))
    } finally {
      cancel()
    }
  },
})

async function digestOf(
  image: Tagged,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<string> {
  const first = await head(image, undefined, signal)
  if (first.status !== 401) return digestIn(image, first)
  const authorization = await answerTo(first, image, credentials, signal)
  return digestIn(image, await head(image, authorization, signal))
}

function head(
  image: Tagged,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const { host, repository, tag } = image
  const server = host === 'docker.io' ? 'registry-1.docker.io' : host
  const headers = { Accept: manifestTypes, ...(authorization && { Authorization: authorization }) }
  const url = new URL(`${schemeOf(host)}://${server}/v2/${repository}/manifests/${tag}`)
  return ask(image, url, { method: 'HEAD', headers, signal })
}

const schemeOf = (host: string) => (isLoopback(host) ? 'http' : 'https')

async function ask(image: Tagged, url: URL, request: Request): Promise<Answer> {
  try {
    return await exchange(url, request)
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason
    throw unavailable(image, (error as Error).message, error)
  }
}

function digestIn(image: Tagged, { status, headers }: Answer): string {
  const name = `${image.repository}:${image.tag}`
  if (status === 404) throw new RegistryError('ImageNotFound', `${image.host} has no ${name}`)
  if (status === 401 || status === 403)
    throw new RegistryError('Unauthorized', `${image.host} does not show ${name} (${status})`)
  if (status !== 200) throw unavailable(image, `it answered ${status}`)
  const digest = String(headers['docker-content-digest'] ?? '')
  if (!isDigest(digest)) throw unavailable(image, 'its answer has no Docker-Content-Digest')
  return digest
}

/** The Authorization header that a 401 asks for. */
async function answerTo(
  { headers }: Answer,
  image: Tagged,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<string> {
  const challenge = challengeOf(headers['www-authenticate'] ?? '')
  const basic = credentials && basicOf(credentials)
  switch (challenge.scheme) {
    case 'basic':
      if (basic) return basic
      throw unauthorized(image, 'wants a login: name its Secret in spec.pullSecret')
    case 'bearer':
      return `Bearer ${await token(challenge.parameters, image, basic, signal)}`
    case 'unknown':
      throw unauthorized(image, 'asks for a login in a way that is not known here')
    default:
      return challenge satisfies never
  }
}

/** Registries that leave logins to another server say which one. */
async function token(
  parameters: ReadonlyMap<string, string>,
  image: Tagged,
  basic: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const realm = URL.parse(parameters.get('realm') ?? '')
  const trusted =
    realm?.protocol === 'https:' ||
    (realm?.protocol === 'http:' && isLoopback(realm.host) && isLoopback(image.host))
  if (!realm || !trusted) throw unauthorized(image, 'sends to a server without TLS for its login')
  for (const name of ['service', 'scope']) {
    const value = parameters.get(name)
    if (value !== undefined) realm.searchParams.set(name, value)
  }
  const headers: Record<string, string> = basic ? { Authorization: basic } : {}
  const { status, body } = await ask(image, realm, { method: 'GET', headers, signal })
  if (status !== 200) throw unauthorized(image, `refuses the login (${status})`)
  const { token: value, access_token: other } = parsed(image, body)
  const given = value ?? other
  if (typeof given !== 'string' || !/^[\x21-\x7e]+$/.test(given))
    throw unavailable(image, 'its login server gives no token')
  return given
}

function parsed(image: Tagged, text: string): { token?: unknown; access_token?: unknown } {
  try {
    return JSON.parse(text) ?? {}
  } catch (error) {
    throw unavailable(image, 'its login server does not answer in JSON', error)
  }
}

const basicOf = ({ username, password }: Credentials) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

const unauthorized = ({ host }: ImageReference, what: string) =>
  new RegistryError('Unauthorized', `${host} ${what}`)

const unavailable = ({ host }: ImageReference, what: string, cause?: unknown) =>
  new RegistryError('RegistryUnavailable', `${host} cannot be asked: ${what}`, { cause })
