/**
 * One request and its answer, the same over HTTP/1.1 and HTTP/2, so that nothing above knows which it is. It
 * decides nothing: it reads bytes with a limit, writes bytes and tells how many the client has not taken yet.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Readable, Writable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Step } from '../../ports/step.ts'
import { tooLarge } from './status.ts'

export type Headers = Record<string, string | string[] | number>

/** Says when what has been written goes out: calls `flush` once, later. */
export type Schedule = (flush: () => void) => void

/** An answer whose end is not known when it begins. */
export interface Output {
  /**
   * Never throws; `false` when the client is behind: wait for `drained` before the next, or count `buffered`. `taken` is
   * called when nobody reads the chunk any more.
   */
  write(chunk: Buffer, taken?: () => void): boolean
  /** Resolves when the client has caught up, or is gone. */
  drained(): Promise<void>
  /** Bytes that wait for the client. */
  readonly buffered: number
  /** Nobody reads any more. */
  readonly closed: boolean
  /** The clean end of the body. */
  end(): void
  /** Breaks the stream off, so that the client knows it is incomplete. */
  abort(): void
}

/** What the requests of one server do together; how many there may be is for flow control to say. */
export interface Steps {
  /** Begins when the body is there. */
  readonly working: Step
  /** Answers going out, of requests that had a body. */
  readonly answering: Step
}

export interface Exchange {
  readonly method: string
  /** Path and query as they were sent. */
  readonly url: string
  /** All request headers, by their lower-case names. */
  readonly headers: IncomingHttpHeaders
  /** Names and values in turn, as they were sent: repeated headers stand apart. */
  readonly rawHeaders: readonly string[]
  /** A request header, by its lower-case name; repeated ones are joined. */
  header(name: string): string | undefined
  readonly socket: TLSSocket
  /** Aborts when the client goes away before the answer is complete. */
  readonly signal: AbortSignal
  /** The answer has begun: it is too late for an error. */
  readonly answered: boolean
  /** The answer's code; 0 before it has begun. */
  readonly code: number
  /** The request's body as it comes in; use it or `body`, not both. */
  readonly input: Readable
  /** The whole body, when it is this request's turn. @throws StatusError 413 beyond `limit` bytes */
  body(limit: number): Promise<Buffer>
  /** A header of the answer, whichever it will be. */
  setHeader(name: string, value: string | string[]): void
  /** The whole answer, which goes out with others. A HEAD request gets its headers alone. */
  send(status: number, headers: Headers, body: Buffer | readonly Buffer[]): void
  /** Sends the headers at once; the body follows, what is written in one turn as one piece unless `schedule` differs. */
  open(status: number, headers: Headers, schedule?: Schedule): Output
  /** Breaks off an answer that has begun, so that nobody takes it for complete. */
  breakOff(): void
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** Bytes of an unwanted body that are read before the connection is given up. */
const discardLimit = 64 << 20

const lengthOf = (chunks: readonly Buffer[]) =>
  chunks.reduce((total, { length }) => total + length, 0)

abstract class BaseExchange {
  code = 0
  #controller: AbortController | undefined
  #gone = false
  readonly extra: Headers = {}
  readonly #steps: Steps | undefined
  #working = false
  abstract readonly input: Readable
  abstract header(name: string): string | undefined

  /** @param steps without them nothing waits for others */
  constructor(steps?: Steps) {
    this.#steps = steps
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#gone) this.#controller.abort(new Error('the client is gone'))
    }
    return this.#controller.signal
  }

  protected onGone(): void {
    this.#gone = true
    this.#controller?.abort(new Error('the client is gone'))
  }

  setHeader(name: string, value: string | string[]): void {
    this.extra[name] = value
  }

  body(limit: number): Promise<Buffer> {
    const announced = Number(this.header('content-length') ?? 0)
    if (announced > limit) return Promise.reject(tooLarge(limit))
    const { input } = this
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let length = 0
      let complete = false
      input.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > limit) {
          input.removeAllListeners('data')
          input.pause()
          reject(tooLarge(limit))
        } else chunks.push(chunk)
      })
      input.once('end', () => {
        const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
        complete = true
        this.#working = true
        if (this.#steps) this.#steps.working.enter(() => resolve(whole))
        else resolve(whole)
      })
      input.once('error', reject)
      input.once('close', () => {
        if (!complete) reject(new Error('the client is gone'))
      })
    })
  }

  /** `work` puts the answer on its way. */
  protected answer(work: () => void): void {
    if (this.#steps && this.#working) this.#steps.answering.enter(work)
    else work()
  }
}

class StreamOutput implements Output {
  readonly #stream: Writable
  readonly #abort: () => void
  readonly #schedule: Schedule
  #corked = false

  constructor(stream: Writable, abort: () => void, schedule: Schedule = process.nextTick) {
    this.#stream = stream
    this.#abort = abort
    this.#schedule = schedule
  }

  get buffered(): number {
    return this.#stream.writableLength
  }

  get closed(): boolean {
    return this.#stream.destroyed || this.#stream.writableEnded
  }

  write(chunk: Buffer, taken?: () => void): boolean {
    if (this.closed) {
      taken?.()
      return true
    }
    this.#cork()
    return this.#stream.write(chunk, taken)
  }

  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#stream.cork()
    this.#schedule(this.#flush)
  }

  readonly #flush = () => {
    this.#corked = false
    if (!this.closed) this.#stream.uncork()
  }

  drained(): Promise<void> {
    const stream = this.#stream
    if (this.closed || !stream.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        stream.off('drain', done)
        stream.off('close', done)
        resolve()
      }
      stream.on('drain', done)
      stream.on('close', done)
    })
  }

  end(): void {
    if (!this.closed) this.#stream.end()
  }

  abort(): void {
    this.#abort()
  }
}

/** Takes nothing: the body of an answer to HEAD. */
const nowhere: Output = {
  write(_chunk, taken) {
    taken?.()
    return true
  },
  drained: () => Promise.resolve(),
  buffered: 0,
  closed: true,
  end: () => {},
  abort: () => {},
}

export class Http1Exchange extends BaseExchange implements Exchange {
  readonly input: IncomingMessage
  readonly response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse, steps?: Steps) {
    super(steps)
    this.input = request
    this.response = response
    response.once('close', () => {
      if (!response.writableFinished) this.onGone()
    })
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

  get answered(): boolean {
    return this.response.headersSent
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

/** A request whose connection is to become something else: it is read, and answered through the connection. */
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
