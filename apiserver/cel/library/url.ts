/** URLs with a scheme, or absolute paths, as requests to a server carry them. */

import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import type { Meter } from '../meter.ts'
import { sameSize, walk } from '../prices.ts'
import { Entries, Items, Opaque } from '../values.ts'

export class Url extends Opaque {
  readonly typeName = 'kubernetes.URL'
  readonly scheme: string
  /** With the port. */
  readonly host: string
  readonly hostname: string
  readonly port: string
  readonly path: string
  readonly query: string

  constructor(parts: { scheme: string; host: string; path: string; query: string }) {
    super()
    this.scheme = parts.scheme
    this.host = parts.host
    const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d*))?$/.exec(parts.host) ?? []
    this.hostname = bracketed ?? plain ?? parts.host
    this.port = port ?? ''
    this.path = parts.path
    this.query = parts.query
  }

  override equals(other: Opaque): boolean {
    return other instanceof Url && JSON.stringify(this) === JSON.stringify(other)
  }
}

const syntax = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:[^/?@]*@)?([^/?]*))?(\/[^?]*)?(?:\?(.*))?$/s

/** What follows the scheme is no path: `mailto:someone`. */
const opaqueSyntax = /^([A-Za-z][A-Za-z0-9+.-]*):[^/?][^?]*(?:\?(.*))?$/s

/** `undefined` for what is neither absolute nor an absolute path. */
export function parseUrl(text: string): Url | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what no URL has.
  if (text === '' || /[\x00-\x1f\x7f]/.test(text)) return undefined
  const opaque = opaqueSyntax.exec(text)
  if (opaque) {
    const [, scheme = '', query = ''] = opaque
    return new Url({ scheme: scheme.toLowerCase(), host: '', path: '', query })
  }
  const match = syntax.exec(text)
  if (!match) return undefined
  const [, scheme = '', host = '', path = '', query = ''] = match
  if (scheme === '' && path === '') return undefined
  if (/[\s<>"\\^`{|}]/.test(host) || /%(?![0-9A-Fa-f]{2})/.test(host + path)) return undefined
  if (!/^(?:\[[0-9a-fA-F:.%]+\]|[^:[\]]*)(?::\d*)?$/.test(host)) return undefined
  return new Url({ scheme: scheme.toLowerCase(), host, path: escapePath(path), query })
}

const escapePath = (path: string) =>
  path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu, (char) => encodeURIComponent(char))

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** Steps that reading one takes, besides its characters. */
const readWork = 20

function query([{ query: text }]: readonly [Url], meter: Meter): Entries {
  meter.work(text.length + readWork)
  const found = new Map<string, string[]>()
  for (const pair of text.split('&')) {
    if (pair === '' || pair.includes(';')) continue
    const [key = '', ...rest] = pair.split('=')
    const [name, value] = [decode(key), decode(rest.join('='))]
    if (name === undefined || value === undefined) continue
    const values = found.get(name)
    if (values) values.push(value)
    else found.set(name, [value])
  }
  const made = new Entries()
  for (const [name, values] of found) made.insert(name, new Items(values))
  return made
}

/** Whether it is one is asked of the whole text, as if it had no fragment; what it says is read without that. */
function url([text]: readonly [string], meter: Meter): Url {
  meter.work(text.length + readWork)
  const fragment = text.indexOf('#')
  const parsed = parseUrl(text) && parseUrl(fragment < 0 ? text : text.slice(0, fragment))
  if (parsed) return parsed
  throw new CelRuntimeError(
    `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
  )
}

const getters: [string, (url: Url) => string][] = [
  ['getScheme', ({ scheme }) => scheme],
  ['getHost', ({ host }) => host],
  ['getHostname', ({ hostname }) => hostname],
  ['getPort', ({ port }) => port],
  ['getEscapedPath', ({ path }) => path],
]

export const urls: readonly Overload[] = [
  declare('url(string) kubernetes.URL', url, walk(0, 1, sameSize)),
  declare('isURL(string) bool', ([text]: readonly [string], meter) => {
    meter.work(text.length + readWork)
    return parseUrl(text) !== undefined
  }),
  ...getters.map(([name, get]) =>
    declare(`kubernetes.URL.${name}() string`, ([value]: readonly [Url]) => get(value)),
  ),
  declare('kubernetes.URL.getQuery() map(string, list(string))', query),
]
