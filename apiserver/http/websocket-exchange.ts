/**
 * A watch over WebSocket, as browsers ask for it: the same events, each a text message of its own. It carries watches
 * and nothing else; what a client sends is read and thrown away.
 */

import { type WebSocket, WebSocketServer } from 'ws'
import { type Output, UpgradeExchange } from './exchange.ts'
import type { Upgrade } from './subresource-handler.ts'
import { acceptWebSocket } from './web-socket.ts'

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 })
const lineEnd = 0x0a
const normalClosure = 1000

export class WebSocketExchange extends UpgradeExchange {
  readonly #connection: Upgrade

  constructor(connection: Upgrade) {
    super(connection.request)
    this.#connection = connection
  }

  /** Agrees to the handshake. Code and headers have no place in it: a refusal is answered before. */
  override open(): Output {
    const client = acceptWebSocket(sockets, this.#connection)
    this.answered = true
    return new MessageOutput(client)
  }
}

/** Lines become messages. */
class MessageOutput implements Output {
  readonly #client: WebSocket

  constructor(client: WebSocket) {
    this.#client = client
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
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(lineEnd, from)
      const line = chunk.subarray(from, end < 0 ? chunk.length : end)
      if (!this.closed && line.length > 0) this.#client.send(line, { binary: false })
      from = end < 0 ? chunk.length : end + 1
    }
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
