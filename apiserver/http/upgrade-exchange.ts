/** A request whose connection is to become something else: it is read, and answered through the connection. */

import type { IncomingMessage } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { BaseExchange, headerOf } from './base-exchange.ts'
import type { Exchange, Headers, Output } from './exchange.ts'

export class UpgradeExchange extends BaseExchange implements Exchange {
  readonly input: IncomingMessage
  answered = false

  constructor(request: IncomingMessage) {
    super()
    this.input = request
    request.socket.once('close', () => this.onGone())
  }

  get method(): string {
    return this.input.method ?? 'GET'
  }

  get url(): string {
    return this.input.url ?? '/'
  }

  get socket(): TLSSocket {
    return this.input.socket as TLSSocket
  }

  get headers(): IncomingHttpHeaders {
    return this.input.headers
  }

  get rawHeaders(): readonly string[] {
    return this.input.rawHeaders
  }

  header(name: string): string | undefined {
    return headerOf(this.input.headers, name)
  }

  send(): void {
    throw new TypeError('a connection that is upgraded is answered through its socket')
  }

  open(_status: number, _headers: Headers): Output {
    throw new TypeError('a connection that is upgraded is answered through its socket')
  }

  breakOff(): void {
    this.input.socket.destroy()
  }
}
