/**
 * Passes a request on to somebody else's HTTP server and its answer back: pods, services, nodes, aggregated API servers.
 * It follows no redirect, hands on no credentials of the caller, and gives a connection away only to a server that
 * has agreed to switch protocols.
 */

import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { type RequestOptions as SecureOptions, request as secureRequest } from 'node:https'
import { joinConnections } from '../../ports/join-connections.ts'
import { request as plainRequest } from '../../ports/node-http.ts'
import { protocolsWithoutToken } from '../auth/bearer-token.ts'
import type { Exchange, Headers } from '../http/exchange.ts'
import { headSent, refuseWith } from '../http/raw-answer.ts'
import { type StatusError, serviceUnavailable } from '../http/status.ts'
import type { Upgrade } from '../http/subresource-handler.ts'

export interface Destination {
  secure: boolean
  host: string
  port: number
  /** What the other end is asked for, query included. */
  path: string
  /** Certificates and whom to believe, where it is secure. */
  tls?: Pick<
    SecureOptions,
    'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized' | 'checkServerIdentity'
  >
  /** Instead of the caller's. */
  headers?: Headers
  /** `false`: it may not send callers elsewhere, who would go there with their credentials. */
  mayRedirect?: boolean
  /** For messages: `pod "web"`. */
  name: string
}

/** How the answer is changed on its way back. */
export interface Rewriter {
  /** A `Location` in the terms of the caller. */
  location(value: string): string
  /** A stream of text that changes links in a page; `undefined` for what is no page. */
  page?(headers: IncomingHttpHeaders): Promise<NodeJS.ReadWriteStream> | undefined
}

const connectMs = 10_000

/** RFC 9110 7.6.1: about one connection, not about the message. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** Who the caller is has been established here; nobody else gets to see how, or may claim it. */
const credentials = /^(authorization$|impersonate-|x-remote-)/

/** Answers the exchange with what the destination answers. @throws StatusError 503 where nobody answers */
export async function forward(
  exchange: Exchange,
  destination: Destination,
  rewriter?: Rewriter,
): Promise<void> {
  const headers = requestHeaders(exchange, destination)
  const response = await answerOf(exchange, destination, headers)
  const status = response.statusCode ?? 502
  if (destination.mayRedirect === false && isRedirect(response)) {
    response.destroy()
    exchange.send(502, { 'Content-Type': 'text/plain' }, redirected)
    return
  }
  const kept = responseHeaders(response.headers, rewriter)
  const page = exchange.method === 'HEAD' ? undefined : await rewriter?.page?.(response.headers)
  if (page) delete kept['content-length']
  const output = exchange.open(status, kept)
  const source = page ? response.setEncoding('utf8').pipe(page) : response
  try {
    for await (const chunk of source as AsyncIterable<Buffer | string>) {
      if (output.closed) break
      if (!output.write(Buffer.from(chunk))) await output.drained()
    }
    output.end()
  } catch {
    // The other end broke off: so must this answer, lest anybody takes it for complete.
    output.abort()
  } finally {
    response.destroy()
  }
}

const redirected = Buffer.from(
  'the backend attempted to redirect this request, which is not permitted',
)

const isRedirect = ({ statusCode = 0, headers }: IncomingMessage) =>
  statusCode >= 300 && statusCode < 400 && headers.location !== undefined

function answerOf(
  exchange: Exchange,
  destination: Destination,
  headers: Headers,
): Promise<IncomingMessage> {
  const { input, method, signal } = exchange
  return new Promise((resolve, reject) => {
    const outgoing = connect(destination, { method, headers, signal }, reject)
    outgoing.once('response', resolve)
    if (hasBody(exchange)) input.pipe(outgoing)
    else outgoing.end()
  })
}

const hasBody = (exchange: Exchange) =>
  exchange.header('transfer-encoding') !== undefined ||
  Number(exchange.header('content-length') ?? 0) > 0 ||
  (exchange.header(':method') !== undefined && !/^(GET|HEAD|DELETE)$/.test(exchange.method))

function connect(
  { secure, host, port, path, tls, name }: Destination,
  { method, headers, signal }: Pick<RequestOptions, 'method' | 'headers' | 'signal'>,
  reject: (error: StatusError) => void,
) {
  const options = { host, port, path, method, headers, signal, agent: false as const }
  const outgoing = secure ? secureRequest({ ...options, ...tls }) : plainRequest(options)
  outgoing.on('error', (error) => reject(unreachable(name, error)))
  // It may end without an error, where the other end has switched to a protocol that nobody asked for.
  outgoing.once('close', () => reject(unreachable(name, new Error('it closed the connection'))))
  // Only reaching it is bounded: how long an answer takes is the other end's affair.
  outgoing.setTimeout(connectMs, () => {
    if (outgoing.socket?.connecting !== false) outgoing.destroy(new Error('it does not answer'))
  })
  return outgoing
}

const unreachable = (name: string, error: Error): StatusError =>
  serviceUnavailable(`error trying to reach ${name}: ${error.message}`)

function requestHeaders(exchange: Exchange, destination: Destination): Headers {
  const { remoteAddress = '' } = exchange.socket
  const host = exchange.header('host') ?? exchange.header(':authority') ?? ''
  const before = exchange.header('x-forwarded-for')
  return {
    ...passedOn(withoutToken(exchange.headers)),
    Host: authority(destination),
    'X-Forwarded-For': before ? `${before}, ${remoteAddress}` : remoteAddress,
    'X-Forwarded-Host': host,
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Uri': exchange.url.split('?')[0] ?? '',
    ...destination.headers,
  }
}

function withoutToken(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'sec-websocket-protocol': protocols, ...others } = headers
  const kept = protocolsWithoutToken(protocols ?? '')
  return kept.length > 0 ? { ...others, 'sec-websocket-protocol': kept.join(', ') } : others
}

function authority({ host, port }: Destination): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function passedOn(headers: IncomingHttpHeaders): Headers {
  const named = new Set(
    String(headers.connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  )
  const kept: Headers = {}
  for (const [name, value] of Object.entries(headers))
    if (
      value !== undefined &&
      !name.startsWith(':') &&
      !hopByHop.has(name) &&
      !named.has(name) &&
      !credentials.test(name)
    )
      kept[name] = value
  return kept
}

function responseHeaders(headers: IncomingHttpHeaders, rewriter: Rewriter | undefined): Headers {
  const kept = passedOn(headers)
  if (rewriter && headers.location) kept.location = rewriter.location(headers.location)
  return kept
}

/** Gives the connection to the destination, if that agrees; else its answer is the caller's, and the last one. */
export async function forwardUpgrade(
  { request, socket, head }: Upgrade,
  exchange: Exchange,
  destination: Destination,
): Promise<void> {
  const headers = {
    ...requestHeaders(exchange, destination),
    Connection: 'Upgrade',
    Upgrade: request.headers.upgrade ?? '',
  }
  const { method, signal } = exchange
  const answer = await new Promise<Agreed | IncomingMessage>((resolve, reject) => {
    const outgoing = connect(destination, { method, headers, signal }, reject)
    outgoing.once('upgrade', (response, other, rest) => resolve({ response, other, rest }))
    outgoing.once('response', resolve)
    outgoing.end()
  })
  if (!('other' in answer)) return refuseWith(socket, answer)
  const { response, other, rest } = answer
  socket.write(headSent(response))
  if (rest.length > 0) socket.write(rest)
  if (head.length > 0) other.write(head)
  await joinConnections(socket, other)
}

interface Agreed {
  response: IncomingMessage
  other: import('node:stream').Duplex
  rest: Buffer
}
