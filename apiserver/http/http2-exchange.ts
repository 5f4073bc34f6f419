/** A stream of HTTP/2: one request and its answer. */

import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { BaseExchange, headerOf, lengthOf } from './base-exchange.ts'
import type { Exchange, Headers, Output, Schedule, Steps } from './exchange.ts'
import { nowhere, StreamOutput } from './stream-output.ts'

export class Http2Exchange extends BaseExchange implements Exchange {
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly input: ServerHttp2Stream
  #sent = false

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    steps?: Steps,
  ) {
    super(steps)
    this.input = stream
    this.headers = headers
    this.rawHeaders = rawHeaders
    stream.once('close', () => {
      // A stream that its reader breaks off counts as finished, too.
      if (stream.aborted || !stream.writableFinished) this.onGone()
    })
  }

  get method(): string {
    return this.headers[':method'] ?? 'GET'
  }

  get url(): string {
    return this.headers[':path'] ?? '/'
  }

  get socket(): TLSSocket {
    return this.input.session?.socket as TLSSocket
  }

  get answered(): boolean {
    return this.#sent || this.input.headersSent
  }

  header(name: string): string | undefined {
    return headerOf(this.headers, name)
  }

  send(status: number, headers: Headers, body: Buffer | readonly Buffer[]): void {
    this.code = status
    this.#sent = true
    const chunks = Buffer.isBuffer(body) ? [body] : body
    const all = { ...this.extra, ...headers, 'Content-Length': lengthOf(chunks), ':status': status }
    this.answer(() => this.#respond(all, chunks))
  }

  #respond(headers: Headers & { ':status': number }, chunks: readonly Buffer[]): void {
    const stream = this.input
    if (stream.destroyed || stream.closed) return
    const bodiless = this.method === 'HEAD' || this.code === 304 || headers['Content-Length'] === 0
    try {
      stream.respond(headers, { endStream: bodiless })
    } catch (error) {
      // A header that cannot be: the client is not left to wait.
      stream.destroy(error as Error)
      return
    }
    if (bodiless) return
    stream.cork()
    for (const chunk of chunks) stream.write(chunk)
    stream.end()
    stream.uncork()
  }

  open(status: number, headers: Headers, schedule?: Schedule): Output {
    const stream = this.input
    this.code = status
    if (stream.destroyed || stream.closed) return nowhere
    const endStream = this.method === 'HEAD'
    stream.respond({ ...this.extra, ...headers, ':status': status }, { endStream })
    return endStream ? nowhere : new StreamOutput(stream, () => stream.close(2), schedule)
  }

  breakOff(): void {
    this.input.close(2)
  }
}
