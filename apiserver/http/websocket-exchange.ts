/**
 * A watch over WebSocket, as browsers ask for it: the same events, each a message of its own, text where they are JSON.
 * It carries watches and nothing else; what a client sends is read and thrown away.
 */

import { type WebSocket, WebSocketServer } from 'ws'
import type { Headers, Output } from './exchange.ts'
import { jsonType } from './negotiation.ts'
import type { Upgrade } from './subresource-handler.ts'
import { UpgradeExchange } from './upgrade-exchange.ts'
import { acceptWebSocket } from './web-socket.ts'

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 })
const lineEnd = 0x0a
/** Bytes that tell a frame's length. */
const frameLength = 4
const normalClosure = 1000

export class WebSocketExchange extends UpgradeExchange {
  readonly #connection: Upgrade

  constructor(connection: Upgrade) {
    super(connection.request)
    this.#connection = connection
  }

  /** Agrees to the handshake. The code has no place in it: a refusal is answered before. */
  override open(_status: number, headers: Headers): Output {
    const client = acceptWebSocket(sockets, this.#connection)
    this.answered = true
    const binary = headers['Content-Type'] !== jsonType
    return new MessageOutput(client, binary ? framesIn : linesIn, binary)
  }
}

/** Each without its line end. */
function* linesIn(chunk: Buffer): Generator<Buffer> {
  for (let from = 0; from < chunk.length; ) {
    const end = chunk.indexOf(lineEnd, from)
    const to = end < 0 ? chunk.length : end
    if (to > from) yield chunk.subarray(from, to)
    from = to + 1
  }
}

/** Each without the length before it: a message says itself where it ends. */
function* framesIn(chunk: Buffer): Generator<Buffer> {
  for (let from = 0; from < chunk.length; ) {
    const start = from + frameLength
    from = start + chunk.readUInt32BE(from)
    yield chunk.subarray(start, from)
  }
}

/** Events become messages. */
class MessageOutput implements Output {
  readonly #client: WebSocket
  readonly #eventsIn: (chunk: Buffer) => Iterable<Buffer>
  readonly #binary: boolean

  constructor(client: WebSocket, eventsIn: (chunk: Buffer) => Iterable<Buffer>, binary: boolean) {
    this.#client = client
    this.#eventsIn = eventsIn
    this.#binary = binary
    client.on('error', () => client.terminate())
    client.on('message', () => {})
  }

  get buffered(): number {
    return this.#client.bufferedAmount
  }

  get closed(): boolean {
    return this.#client.readyState !== this.#client.OPEN
  }

  write(chunk: Buffer, taken?: () => void): boolean {
    for (const event of this.#eventsIn(chunk))
      if (!this.closed) this.#client.send(event, { binary: this.#binary })
    taken?.()
    return this.buffered === 0
  }

  drained(): Promise<void> {
    if (this.closed || this.buffered === 0) return Promise.resolve()
    // An empty ping goes out behind everything that waits.
    return new Promise((resolve) => {
      this.#client.once('close', () => resolve())
      this.#client.ping('', false, () => resolve())
    })
  }

  end(): void {
    this.#client.close(normalClosure)
  }

  abort(): void {
    this.#client.terminate()
  }
}
