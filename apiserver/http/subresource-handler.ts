/**
 * How subresources that stream (logs, exec, attach, port-forward, proxy) are served: by handlers of their own, looked
 * up by resource and subresource. The request has been authenticated, authorized and admitted when they are called.
 */

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Registry, RequestContext, Target } from '../registry/registry.ts'
import type { Exchange } from './exchange.ts'
import { StatusError } from './status.ts'

export interface SubresourceRequest {
  /** `name` and `subresource` are always there. */
  target: Target & { name: string; subresource: string }
  /** What follows the subresource in the path, as it was sent: empty, or `/` and more. */
  rest: string
  query: URLSearchParams
  context: RequestContext
  registry: Registry
}

/** The connection of a request that asks for an upgrade; only HTTP/1.1 has them. The handler owns it from now on. */
export interface Upgrade {
  request: IncomingMessage
  socket: Duplex
  /** Bytes that came right behind the request. */
  head: Buffer
}

/** Rejecting before the answer has begun with a `StatusError` sends that; nothing was written to the socket then. */
export interface SubresourceHandler {
  serve(exchange: Exchange, request: SubresourceRequest): Promise<void>
  /** Without it every upgrade is refused. */
  upgrade?(connection: Upgrade, request: SubresourceRequest, exchange: Exchange): Promise<void>
  /** Whoever asks to go on with another protocol is answered as if it had not been asked for. */
  webSocketOnly?: true
}

/** By plural and subresource: `pods/log`. */
export type SubresourceHandlers = ReadonlyMap<string, SubresourceHandler>

/** Names no object, by which kubectl knows that it is the subresource that is missing. */
export const noSuchSubresource = (plural: string, subresource: string) =>
  new StatusError(404, 'NotFound', `${plural}/${subresource} is not served by this server`, {
    kind: plural,
  })

export const notServedYet = (what: string) =>
  new StatusError(501, 'NotImplemented', `${what} is not served by this server`)
