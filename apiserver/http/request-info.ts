/**
 * What a request is about, read off its method and URL: authorization, routing and metrics all use this one
 * reading, so that they cannot differ. Paths that mean different things to different readers are refused.
 */

import { notFoundPath } from './plain-errors.ts'

export interface ResourceRequest {
  type: 'resource'
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  verb: string
  /** Empty for the core group. */
  group: string
  version: string
  /** Empty at the cluster scope; the object's own name for `namespaces/NAME`. */
  namespace: string
  plural: string
  /** Empty for collections. */
  name: string
  subresource: string
  /** What follows the subresource, undecoded: empty, or `/` and more. */
  rest: string
}

export interface PathRequest {
  type: 'path'
  verb: string
  path: string
}

export type RequestInfo = (ResourceRequest | PathRequest) & { query: URLSearchParams }

const namespaceSubresources = new Set(['status', 'finalize'])

/** One decoded path segment. @throws for anything that could be read as more than one, or as none */
function segment(raw: string): string {
  let text = raw
  if (raw.includes('%'))
    try {
      text = decodeURIComponent(raw)
    } catch {
      throw notFoundPath()
    }
  if (text === '' || text === '.' || text === '..' || text.includes('/') || text.includes('\0'))
    throw notFoundPath()
  return text
}

/** Absent is false; so are `0` and `false`, whatever their case. */
export function booleanParameter(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

export function requestInfo(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
  const raw = path.split('/').slice(1)
  if (raw.at(-1) === '') raw.pop()
  const depth = raw[0] === 'api' ? 2 : raw[0] === 'apis' ? 3 : Number.POSITIVE_INFINITY
  if (raw.length <= depth)
    return { type: 'path', verb: method === 'HEAD' ? 'get' : method.toLowerCase(), path, query }
  const group = depth === 2 ? '' : segment(raw[1]!)
  const version = segment(raw[depth - 1]!)
  return { ...place(raw, depth, method, path, query), type: 'resource', group, version, query }
}

/** Everything behind the version: namespace, resource, name, subresource, and the verb that follows from them. */
function place(
  raw: string[],
  depth: number,
  method: string,
  path: string,
  query: URLSearchParams,
): Omit<ResourceRequest, 'type' | 'group' | 'version'> {
  let at = depth
  const legacyWatch = raw[at] === 'watch' && raw.length > at + 1
  if (legacyWatch) at++
  let namespace = ''
  const inNamespace = raw[at] === 'namespaces' && raw.length > at + 1
  if (inNamespace) {
    namespace = segment(raw[at + 1]!)
    const third = raw[at + 2]
    if (third !== undefined && !namespaceSubresources.has(third)) at += 2
  }
  const plural = segment(raw[at]!)
  const name = raw.length > at + 1 ? segment(raw[at + 1]!) : ''
  const subresource = raw.length > at + 2 ? segment(raw[at + 2]!) : ''
  // The proxied path is the other end's to read.
  const rest = subresource === '' ? '' : afterSegments(path, at + 3)
  const watching = legacyWatch || (booleanParameter(query, 'watch') && subresource === '')
  const verb = verbOf(method, name, watching)
  return { verb, namespace, plural, name, subresource, rest }
}

function afterSegments(path: string, count: number): string {
  let at = 0
  for (let seen = 0; seen < count; seen++) {
    at = path.indexOf('/', at + 1)
    if (at < 0) return ''
  }
  return path.slice(at)
}

function verbOf(method: string, name: string, watching: boolean): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (watching) return 'watch'
      return name === '' ? 'list' : 'get'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete'
    default:
      return method.toLowerCase()
  }
}
