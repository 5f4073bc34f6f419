/** What a request of HTTP/1.1 says, whatever becomes of its connection. */

import type { IncomingMessage } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { BaseExchange, headerOf } from './base-exchange.ts'
import type { Steps } from './exchange.ts'

export abstract class MessageExchange extends BaseExchange {
  readonly input: IncomingMessage

  constructor(request: IncomingMessage, steps?: Steps) {
    super(steps)
    this.input = request
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
}
