/** The client's side of an upgrade: a WebSocket that is served here, or SPDY that the runtime answers itself. */

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { join, tunnelProtocol } from './port-forward.ts'
import { channelProtocols } from './remote-command.ts'
import { upgradeToSpdy } from './spdy/upgrade.ts'

/** A request to leave HTTP, with its connection. */
export interface Upgrade {
  request: IncomingMessage
  socket: Duplex
  head: Buffer
}

const maxMessage = 4 << 20
const knownProtocols: ReadonlySet<string> = new Set([tunnelProtocol, ...channelProtocols])

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: maxMessage,
  handleProtocols: (offered) => {
    for (const protocol of offered) if (knownProtocols.has(protocol)) return protocol
    return false
  },
})

export function acceptWebSocket({ request, socket, head }: Upgrade): Promise<WebSocket> {
  return new Promise((resolve) =>
    sockets.handleUpgrade(request, socket, head, (client) => resolve(client)),
  )
}

export const isSpdy = ({ request }: Upgrade) => /^spdy\/3\.1$/i.test(request.headers.upgrade ?? '')

/** Older clients speak SPDY themselves: the runtime answers them directly. */
export async function passThrough(url: string, { request, socket, head }: Upgrade): Promise<void> {
  const offered = headerList(request, 'x-stream-protocol-version')
  const upgraded = await upgradeToSpdy(url, offered)
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${upgraded.protocol}\r\n\r\n`,
  )
  join(socket, head, upgraded.socket, upgraded.head)
}

function headerList(request: IncomingMessage, name: string): string[] {
  const value = request.headers[name]
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => /^[\w.]+$/.test(item))
}
