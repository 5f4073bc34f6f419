/** Everything that is not about a resource: discovery, OpenAPI, health, version, metrics, and the list of them. */

import type { OpenIdDocuments } from '../auth/tokens/openid.ts'
import { type Past, pastPrefix } from '../past/past.ts'
import type { RequestContext } from '../registry/registry.ts'
import type { OpenApi, OpenApiDocument } from '../schema/openapi.ts'
import { json, protobufAnswers } from './answers.ts'
import type { Discovery, Document } from './discovery.ts'
import type { Exchange, Headers } from './exchange.ts'
import { type HealthCheck, sendHealth } from './health.ts'
import type { Metrics } from './metrics.ts'
import { aggregatedDiscovery, negotiate, wantsOpenApiProtobuf } from './negotiation.ts'
import { notFoundPath } from './plain-errors.ts'
import type { PathRequest } from './request-info.ts'
import { methodNotAllowed } from './status.ts'

export interface Version {
  major: string
  minor: string
  /** The level whose behaviour it has, and the oldest one that it gets along with. */
  emulationMajor: string
  emulationMinor: string
  minCompatibilityMajor: string
  minCompatibilityMinor: string
  gitVersion: string
  gitCommit: string
  gitTreeState: string
  buildDate: string
  goVersion: string
  compiler: string
  platform: string
}

export interface PathPorts {
  discovery: Discovery
  openApi: OpenApi
  openId: OpenIdDocuments
  metrics: Metrics
  version: Version
  checks: readonly HealthCheck[]
  past: Past
}

const healthPath = /^\/(healthz|livez|readyz)(\/|$)/

/** @throws StatusError, PlainError */
export async function handlePath(
  ports: PathPorts,
  exchange: Exchange,
  { path: raw, query }: PathRequest & { query: URLSearchParams },
  context: RequestContext,
): Promise<void> {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD')
    throw methodNotAllowed('the server does not allow this method on the requested resource')
  const path = raw.length > 1 && raw.endsWith('/') ? raw.slice(0, -1) : raw
  if (healthPath.test(path)) {
    if (await sendHealth(exchange, ports.checks, path, query)) return
    throw notFoundPath()
  }
  if (path.startsWith(pastPrefix)) return ports.past.serve(exchange, { path, query }, context)
  switch (path) {
    case '/':
      return sendJson(exchange, { paths: pathsOf(ports) })
    case '/version':
      return sendJson(exchange, ports.version)
    case '/.well-known/openid-configuration':
      return exchange.send(200, openIdHeaders('application/json'), ports.openId.configuration)
    case '/openid/v1/jwks':
      return exchange.send(200, openIdHeaders('application/jwk-set+json'), ports.openId.keys)
    case '/metrics':
      return exchange.send(
        200,
        { 'Content-Type': ports.metrics.contentType },
        Buffer.from(await ports.metrics.text()),
      )
    default:
      if (path === '/openapi/v2' || path.startsWith('/openapi/v3'))
        return sendOpenApi(ports, exchange, path, query)
      return sendDiscovery(ports, exchange, path)
  }
}

const openIdHeaders = (contentType: string): Headers => ({
  'Content-Type': contentType,
  'Cache-Control': 'public, max-age=3600',
})

function sendJson(exchange: Exchange, body: object): void {
  exchange.send(200, json, Buffer.from(`${JSON.stringify(body, undefined, 2)}\n`))
}

function pathsOf({ discovery, checks, past }: PathPorts): string[] {
  const health = ['healthz', 'livez', 'readyz'].flatMap((endpoint) => [
    `/${endpoint}`,
    ...checks
      .filter(({ on }) => !on || on.includes(endpoint as 'readyz'))
      .map(({ name }) => `/${endpoint}/${name}`),
  ])
  const versions = discovery
    .groupVersions()
    .map((version) => (version.includes('/') ? `/apis/${version}` : `/api/${version}`))
  return [
    '/.well-known/openid-configuration',
    '/api',
    '/apis',
    ...discovery.groups().map((group) => `/apis/${group}`),
    ...versions,
    ...health,
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/openid/v1/jwks',
    ...versions.map((path) => `/openapi/v3${path}`),
    ...past.paths,
    '/version',
  ].sort()
}

async function sendDiscovery(
  { discovery }: PathPorts,
  exchange: Exchange,
  path: string,
): Promise<void> {
  const accept = exchange.header('accept')
  const aggregated = path === '/api' || path === '/apis' ? aggregatedDiscovery(accept) : undefined
  const document = aggregated
    ? discovery.aggregated(path as '/api' | '/apis', aggregated.version)
    : discovery.legacy(path)
  if (!document) throw notFoundPath()
  const { encoding } = aggregated ?? negotiate(accept, 'plain', true)
  const shown = encoding ? (await protobufAnswers()).documentOf(document) : document
  sendDocument(exchange, shown, { 'Cache-Control': 'public' })
}

function sendDocument(
  exchange: Exchange,
  { bytes, contentType, etag }: Document,
  headers: Headers,
): void {
  const all = { ...headers, 'Content-Type': contentType, ETag: etag, Vary: 'Accept' }
  const known = (exchange.header('if-none-match') ?? '').split(',').map((tag) => tag.trim())
  if (known.includes(etag)) exchange.send(304, all, Buffer.alloc(0))
  else exchange.send(200, all, bytes)
}

const documentOf = ({ bytes, hash }: OpenApiDocument): Document => ({
  bytes,
  contentType: 'application/json',
  etag: `"${hash}"`,
})

/** A document of a known hash never changes: it may be kept for ever. */
function sendOpenApi(
  { openApi }: PathPorts,
  exchange: Exchange,
  path: string,
  query: URLSearchParams,
): void {
  if (path === '/openapi/v2' && wantsOpenApiProtobuf(exchange.header('accept'))) {
    const contentType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
    const document = { ...documentOf(openApi.v2Protobuf()), contentType }
    sendDocument(exchange, document, { 'Cache-Control': 'no-cache, private' })
    return
  }
  negotiate(exchange.header('accept'), 'plain')
  if (path === '/openapi/v3') {
    exchange.send(200, json, openApi.index())
    return
  }
  const v2 = path === '/openapi/v2'
  const document = v2 ? openApi.v2() : openApi.document(path.slice('/openapi/v3/'.length))
  if (!document) throw notFoundPath()
  const hash = v2 ? null : query.get('hash')
  if (hash !== null && hash !== document.hash) {
    exchange.send(301, { Location: `${path}?hash=${document.hash}` }, Buffer.alloc(0))
    return
  }
  const forever = { 'Cache-Control': 'public, immutable', Expires: 'Fri, 31 Dec 2099 23:59:59 GMT' }
  const headers = hash === null ? { 'Cache-Control': 'no-cache, private' } : forever
  sendDocument(exchange, documentOf(document), headers)
}
