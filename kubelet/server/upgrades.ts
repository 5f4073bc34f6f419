/** The client's side of an upgrade: a WebSocket that is served here, or SPDY that the runtime answers itself. */

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { joinConnections } from '../../ports/join-connections.ts'
import { tunnelProtocol } from './port-forward.ts'
import { Refusal } from './refusal.ts'
import { channelProtocols } from './remote-command.ts'
import { type Upgraded, upgradeToSpdy } from './spdy/upgrade.ts'

/** A request to leave HTTP, with its connection. */
export interface Upgrade {
  request: IncomingMessage
  socket: Duplex
  head: Buffer
}

const maxMessage = 4 << 20
const knownProtocols: ReadonlySet<string> = new Set([tunnelProtocol, ...channelProtocols])

/** A client, and the protocol of those it offered that is spoken; empty where it offered none of ours. */
export interface Accepted {
  client: WebSocket
  protocol: string
}

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: maxMessage,
})
/** Chosen here: the library takes no name with a slash in it, and the tunnel's has one. */
const chosen = new WeakMap<IncomingMessage, string>()
sockets.on('headers', (headers, request) => {
  const protocol = chosen.get(request)
  if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`)
})

/**
 * The client's end of what was opened for it, which is closed again where the handshake is none.
 * @throws Refusal 400, which the client has been told
 */
export function acceptWebSocket(
  { request, socket, head }: Upgrade,
  { socket: opened }: Pick<Upgraded, 'socket'>,
): Accepted {
  const offered = headerList(request, 'sec-websocket-protocol')
  const protocol = offered.find((name) => knownProtocols.has(name)) ?? ''
  chosen.set(request, protocol)
  delete request.headers['sec-websocket-protocol']
  let client: WebSocket | undefined
  sockets.handleUpgrade(request, socket, head, (accepted) => {
    client = accepted
  })
  if (client) return { client, protocol }
  opened.destroy()
  throw new Refusal(400, 'the WebSocket handshake is incomplete')
}

export const isSpdy = ({ request }: Upgrade) => /^spdy\/3\.1$/i.test(request.headers.upgrade ?? '')

/** Older clients speak SPDY themselves: the runtime answers them directly. Lasts as long as they talk. */
export async function passThrough(url: string, { request, socket, head }: Upgrade): Promise<void> {
  const offered = headerList(request, 'x-stream-protocol-version')
  const upgraded = await upgradeToSpdy(url, offered)
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${upgraded.protocol}\r\n\r\n`,
  )
  if (upgraded.head.length > 0) socket.write(upgraded.head)
  if (head.length > 0) upgraded.socket.write(head)
  await joinConnections(socket, upgraded.socket)
}

function headerList(request: IncomingMessage, name: string): string[] {
  const value = request.headers[name]
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => /^[\w./+]+$/.test(item))
}
