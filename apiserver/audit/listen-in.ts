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
  const write = socket.write
  socket.write = (...sent: unknown[]) => {
    socket.write = write
    const [, code] = /^HTTP\/1\.1 (\d{3})/.exec(String(sent[0]).slice(0, 12)) ?? []
    if (code !== undefined) heard(Number(code))
    return write.apply(socket, sent as Parameters<typeof write>)
  }
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
