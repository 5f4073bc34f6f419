/** The server's side of a WebSocket handshake. One that is none is answered by the library that reads it. */

import type { IncomingHttpHeaders } from 'node:http'
import type { WebSocket, WebSocketServer } from 'ws'
import { badRequest } from './status.ts'
import type { Upgrade } from './subresource-handler.ts'

export const asksForWebSocket = ({ upgrade = '' }: IncomingHttpHeaders): boolean =>
  upgrade.toLowerCase() === 'websocket'

/** @throws StatusError 400 where the handshake is none; the client has been told then */
export function acceptWebSocket(
  server: WebSocketServer,
  { request, socket, head }: Upgrade,
): WebSocket {
  let client: WebSocket | undefined
  server.handleUpgrade(request, socket, head, (accepted) => {
    client = accepted
  })
  if (!client) throw badRequest('the WebSocket handshake is incomplete')
  return client
}
