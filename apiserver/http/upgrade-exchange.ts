/** A request whose connection is to become something else: it is read, and answered through the connection. */

import type { IncomingMessage } from 'node:http'
import type { Exchange, Headers, Output } from './exchange.ts'
import { MessageExchange } from './message-exchange.ts'

export class UpgradeExchange extends MessageExchange implements Exchange {
  answered = false

  constructor(request: IncomingMessage) {
    super(request)
    request.socket.once('close', () => this.onGone())
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
