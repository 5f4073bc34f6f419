/** A request of HTTP/1.1 and its answer. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { lengthOf } from './base-exchange.ts'
import type { Exchange, Headers, Output, Schedule, Steps } from './exchange.ts'
import { MessageExchange } from './message-exchange.ts'
import { nowhere, StreamOutput } from './stream-output.ts'

/** Bytes of an unwanted body that are read before the connection is given up. */
const discardLimit = 64 << 20

export class Http1Exchange extends MessageExchange implements Exchange {
  readonly response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse, steps?: Steps) {
    super(request, steps)
    this.response = response
    response.once('close', () => {
      if (!response.writableFinished) this.onGone()
    })
  }

  get answered(): boolean {
    return this.response.headersSent
  }

  send(status: number, headers: Headers, body: Buffer | readonly Buffer[]): void {
    const length = Buffer.isBuffer(body) ? body.length : lengthOf(body)
    this.code = status
    this.response.writeHead(status, { ...this.extra, ...headers, 'Content-Length': length })
    this.answer(() => this.#end(body))
  }

  #end(body: Buffer | readonly Buffer[]): void {
    const { response, code: status } = this
    if (!this.input.complete) this.#sendAhead(body)
    else if (this.method === 'HEAD' || status === 304) response.end()
    else if (Buffer.isBuffer(body)) response.end(body)
    else {
      response.cork()
      for (const chunk of body) response.write(chunk)
      response.end()
      response.uncork()
    }
  }

  /**
   * The answer to a request whose body nobody waited for. The rest of the body is read and thrown away before the answer
   * ends: closing on unread bytes would reset the connection, and the client would never see why it was refused.
   */
  #sendAhead(body: Buffer | readonly Buffer[]): void {
    const { input, response } = this
    let left = discardLimit
    for (const chunk of Buffer.isBuffer(body) ? [body] : body) response.write(chunk)
    input.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) input.destroy()
    })
    input.once('close', () => response.end())
    input.resume()
  }

  open(status: number, headers: Headers, schedule?: Schedule): Output {
    const { response } = this
    this.code = status
    response.writeHead(status, { ...this.extra, ...headers })
    if (this.method === 'HEAD') {
      response.end()
      return nowhere
    }
    response.flushHeaders()
    return new StreamOutput(response, () => response.destroy(), schedule)
  }

  breakOff(): void {
    this.response.destroy()
  }
}
