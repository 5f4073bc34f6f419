/** Cluster DNS on the wire: UDP and TCP on one address and port. */

import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { type Responder, respond } from './respond.ts'

export interface DnsServer {
  readonly port: number
  close(): Promise<void>
}

const maxConnections = 128
const idleMs = 10_000
const maxMessage = 4096

/** Listens; rejects when the address is not this machine's or the port is taken. */
export async function startDns(
  address: string,
  port: number,
  responder: Responder,
): Promise<DnsServer> {
  const tcp = await listenTcp(address, port, responder)
  const bound = (tcp.address() as { port: number }).port
  const udp = await listenUdp(address, bound, responder).catch((error) => {
    tcp.close()
    throw error
  })
  return {
    port: bound,
    async close() {
      udp.close()
      for (const socket of connections.get(tcp) ?? []) socket.destroy()
      tcp.close()
      await Promise.all([once(udp, 'close'), once(tcp, 'close')])
    },
  }
}

const connections = new WeakMap<Server, Set<Socket>>()

async function listenUdp(address: string, port: number, responder: Responder): Promise<UdpSocket> {
  const socket = createSocket('udp4')
  socket.on('message', async (query, peer) => {
    const response = await respond(query, 'udp', responder)
    // A client that is gone by now is no concern of ours.
    if (response) socket.send(response, peer.port, peer.address, () => {})
  })
  socket.bind(port, address)
  await once(socket, 'listening')
  return socket
}

async function listenTcp(address: string, port: number, responder: Responder): Promise<Server> {
  const server = createServer((socket) => converse(socket, responder))
  const open = new Set<Socket>()
  connections.set(server, open)
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.maxConnections = maxConnections
  server.listen(port, address)
  await once(server, 'listening')
  return server
}

/** Length-prefixed queries, answered in order. */
function converse(socket: Socket, responder: Responder): void {
  let received: Buffer = Buffer.alloc(0)
  let turn: Promise<void> = Promise.resolve()
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (;;) {
      if (received.length < 2) return
      const length = received.readUInt16BE(0)
      if (length > maxMessage) return socket.destroy()
      if (received.length < 2 + length) return
      const query = received.subarray(2, 2 + length)
      received = received.subarray(2 + length)
      turn = turn.then(() => reply(socket, query, responder))
    }
  })
}

async function reply(socket: Socket, query: Buffer, responder: Responder): Promise<void> {
  const response = await respond(query, 'tcp', responder)
  if (!response || socket.destroyed) return
  const length = Buffer.alloc(2)
  length.writeUInt16BE(response.length)
  socket.write(Buffer.concat([length, response]))
}
