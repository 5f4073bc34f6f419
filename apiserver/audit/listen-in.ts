/** Hears what is answered, on its way to the client; it changes nothing of it. */

import type { Duplex } from 'node:stream'
import type { Exchange, Headers, Output } from '../http/exchange.ts'

export interface Listening {
  /** The whole answer. */
  sent(code: number, headers: Headers, body: readonly Buffer[]): void
  /** An answer that has begun; what is returned hears each piece, which is not its own to keep. */
  opened(code: number, headers: Headers): ((piece: Buffer) => void) | undefined
}

/** From now on, for as long as the exchange lasts. */
export function listenIn(exchange: Exchange, listening: Listening): void {
  const send = exchange.send.bind(exchange)
  const open = exchange.open.bind(exchange)
  exchange.send = (code, headers, body) => {
    listening.sent(code, headers, Buffer.isBuffer(body) ? [body] : body)
    send(code, headers, body)
  }
  exchange.open = (code, headers, schedule) => {
    const hear = listening.opened(code, headers)
    const output = open(code, headers, schedule)
    return hear ? new HeardOutput(output, hear) : output
  }
}

/** Hears with which code a connection is answered that becomes something else: it stands in the first bytes. */
export function listenForCode(socket: Duplex, heard: (code: number) => void): void {
  const { write, end } = socket
  const listenTo = (bytes: unknown) => {
    Object.assign(socket, { write, end })
    const [, code] = /^HTTP\/1\.1 (\d{3})/.exec(String(bytes).slice(0, 12)) ?? []
    if (code !== undefined) heard(Number(code))
  }
  const first =
    <A extends unknown[], R>(method: (...sent: A) => R) =>
    (...sent: A): R => {
      listenTo(sent[0])
      return method.apply(socket, sent)
    }
  Object.assign(socket, { write: first(write), end: first(end) })
}

class HeardOutput implements Output {
  readonly #output: Output
  readonly #hear: (piece: Buffer) => void

  constructor(output: Output, hear: (piece: Buffer) => void) {
    this.#output = output
    this.#hear = hear
  }

  get buffered(): number {
    return this.#output.buffered
  }

  get closed(): boolean {
    return this.#output.closed
  }

  write(chunk: Buffer, taken?: () => void): boolean {
    if (!this.closed) this.#hear(chunk)
    return this.#output.write(chunk, taken)
  }

  drained(): Promise<void> {
    return this.#output.drained()
  }

  end(): void {
    this.#output.end()
  }

  abort(): void {
    this.#output.abort()
  }
}
