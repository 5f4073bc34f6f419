/**
 * Which of a pod's pull secrets open which registry: the form is Docker's configuration file, the rules of matching are
 * kubelet's. Pure; secrets come in as they are and are not kept.
 */

import type { Secret } from '../../api/types.ts'
import type { RegistryCredentials } from '../runtime/runtime.ts'

/** The registry of names without a host, and what Docker calls it. */
const defaultRegistry = 'index.docker.io'

interface Entry {
  /** `registry.example.com:5000/team`; a part of the host may hold `*` and `?`. */
  place: string
  credentials: RegistryCredentials
}

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * What these secrets hold for an image, the most particular place first.
 * @throws SyntaxError when a secret is not what its type says
 */
export function credentialsFor(
  reference: string,
  secrets: readonly Secret[],
): RegistryCredentials[] {
  const entries = secrets.flatMap(entriesOf).sort((a, b) => (a.place < b.place ? 1 : -1))
  const matching = entries.filter(({ place }) => matches(place, reference))
  const found =
    matching.length > 0 || !isOfDefaultRegistry(reference)
      ? matching
      : entries.filter(({ place }) => place === defaultRegistry)
  return found.map(({ credentials }) => credentials)
}

function entriesOf({ type, data }: Secret): Entry[] {
  switch (type) {
    case 'kubernetes.io/dockerconfigjson':
      return parse(data?.['.dockerconfigjson'], (file) => file.auths)
    case 'kubernetes.io/dockercfg':
      return parse(data?.['.dockercfg'], (file) => file)
    default:
      throw new SyntaxError(`a secret of type ${type} holds no registry credentials`)
  }
}

function parse(encoded: string | undefined, authsOf: (file: Fields) => unknown): Entry[] {
  const file: unknown = JSON.parse(Buffer.from(encoded ?? '', 'base64').toString('utf8'))
  const auths = isFields(file) ? authsOf(file) : undefined
  if (!isFields(auths)) throw new SyntaxError('a pull secret has no registries in it')
  return Object.entries(auths).map(([place, entry]) => ({
    place: normalized(place),
    credentials: credentialsOf(entry),
  }))
}

/** `auth` is base64 of `username:password` and stands for both. */
function credentialsOf(entry: unknown): RegistryCredentials {
  if (!isFields(entry)) throw new SyntaxError('a registry of a pull secret is not an object')
  const { username = '', password = '', auth } = entry
  if (typeof auth === 'string' && auth !== '') {
    const text = Buffer.from(auth, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    if (colon < 0) throw new SyntaxError('`auth` of a pull secret is not base64 of user:password')
    return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') }
  }
  return { username: String(username), password: String(password) }
}

/** Docker writes `https://index.docker.io/v1/` for what is matched as `index.docker.io`. */
const normalized = (place: string): string =>
  place
    .replace(/^https?:\/\//, '')
    .replace(/^([^/]*)\/v[12](\/|$)/, '$1/')
    .replace(/\/$/, '')

function isOfDefaultRegistry(reference: string): boolean {
  const slash = reference.indexOf('/')
  const host = reference.slice(0, Math.max(0, slash))
  return slash < 0 || host === 'docker.io' || host === defaultRegistry || !/[.:]/.test(host)
}

function split(place: string): { names: string[]; port: string; path: string } {
  const slash = place.indexOf('/')
  const host = slash < 0 ? place : place.slice(0, slash)
  const [name = '', port = ''] = host.split(':')
  return { names: name.split('.'), port, path: slash < 0 ? '' : place.slice(slash) }
}

/** Same port, a path that begins so, and a host that agrees part by part. */
function matches(place: string, reference: string): boolean {
  const pattern = split(place)
  const image = split(reference)
  return (
    pattern.port === image.port &&
    image.path.startsWith(pattern.path) &&
    pattern.names.length === image.names.length &&
    pattern.names.every((name, index) => glob(name, image.names[index] ?? ''))
  )
}

/** `*` stands for any characters, `?` for one. In time of the product of both lengths, whoever wrote them. */
function glob(pattern: string, text: string): boolean {
  let reached = new Set([0])
  for (const character of pattern) {
    const next = new Set<number>()
    if (character === '*') for (let at = Math.min(...reached); at <= text.length; at++) next.add(at)
    else
      for (const at of reached)
        if (at < text.length && (character === '?' || character === text[at])) next.add(at + 1)
    if (next.size === 0) return false
    reached = next
  }
  return reached.has(text.length)
}
