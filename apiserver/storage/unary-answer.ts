/** A message of gRPC and its answer as they stand in HTTP/2: framing, status and how a call failed. */

import type { IncomingHttpHeaders } from 'node:http2'
import { status } from '@grpc/grpc-js'

/** How a call failed: one of gRPC's codes, and what the server says of it. */
export class CallError extends Error {
  override name = 'CallError'
  readonly code: status
  readonly details: string

  constructor(code: status, details: string) {
    super(`${code} ${status[code]}: ${details}`)
    this.code = code
    this.details = details
  }
}

/** What stands before a message: that it is not compressed, and its length. */
const prefixBytes = 5

export function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length)
  frame[0] = 0
  frame.writeUInt32BE(message.length, 1)
  message.copy(frame, prefixBytes)
  return frame
}

/** Bytes beyond the printable ones stand as `%XX` in what a server says. */
function unquoted(text: string): string {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}

/** What has come of one answer so far. */
export class Answer {
  readonly #mostBytes: number
  readonly #chunks: Buffer[] = []
  #length = 0
  #code: status | undefined
  #details = ''

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Headers or trailers; which of them say how it went depends on when that was known. */
  hear(headers: IncomingHttpHeaders): void {
    const http = headers[':status'] as unknown as number | undefined
    const code = headers['grpc-status']
    if (code !== undefined) {
      this.#code = Number(code)
      this.#details = unquoted(String(headers['grpc-message'] ?? ''))
    } else if (http !== undefined && http !== 200) {
      this.#code = status.UNAVAILABLE
      this.#details = `it answers with HTTP status ${http}`
    }
  }

  /** `false` when it is too much. */
  take(chunk: Buffer): boolean {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length <= this.#mostBytes) return true
    this.#code = status.RESOURCE_EXHAUSTED
    this.#details = `the answer is larger than max (${this.#mostBytes} bytes)`
    return false
  }

  /** The connection is gone, unless it has been said how it went. */
  fail({ message }: Error): void {
    if (this.#code !== undefined) return
    this.#code = status.UNAVAILABLE
    this.#details = message
  }

  settle(resolve: (message: Buffer) => void, reject: (error: CallError) => void): void {
    const { code, message } = this.#outcome()
    if (message) resolve(message)
    else reject(new CallError(code, this.#details))
  }

  #outcome(): { code: status; message?: Buffer } {
    if (this.#code === undefined) this.fail(new Error('the connection ended before the answer'))
    const code = this.#code ?? status.UNKNOWN
    if (code !== status.OK) return { code }
    const [first, ...rest] = this.#chunks
    const whole = first && rest.length > 0 ? Buffer.concat(this.#chunks) : first
    if (whole && whole[0] === 0 && whole.readUInt32BE(1) === whole.length - prefixBytes)
      return { code, message: whole.subarray(prefixBytes) }
    this.#details = 'the answer is not one plain message'
    return { code: status.INTERNAL }
  }
}
