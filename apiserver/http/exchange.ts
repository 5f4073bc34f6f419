/**
 * One request and its answer, the same over HTTP/1.1 and HTTP/2, so that nothing above knows which it is. It
 * decides nothing: it reads bytes with a limit, writes bytes and tells how many the client has not taken yet.
 */

import type { IncomingHttpHeaders } from 'node:http2'
import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Step } from '../../ports/step.ts'

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
  /** Whole answers going out. */
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
