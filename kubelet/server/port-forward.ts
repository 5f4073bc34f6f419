/**
 * `port-forward`: current clients send SPDY frames inside WebSocket messages, which are unwrapped and passed on to the
 * runtime as they are; older libraries use two plain channels a port, which are turned into SPDY streams here.
 */

import type { RawData, WebSocket } from 'ws'
import type { SpdySession, SpdyStream } from './spdy/session.ts'
import type { Upgraded } from './spdy/upgrade.ts'

export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'

const maxBuffered = 1 << 20

/** Joins a client's tunnel and a raw connection to the runtime. */
export function tunnel(client: WebSocket, { socket, head }: Upgraded): void {
  const toClient = (chunk: Buffer) => {
    if (client.readyState !== client.OPEN) return
    client.send(chunk, { binary: true }, () => {
      if (client.bufferedAmount < maxBuffered / 2) socket.resume()
    })
    if (client.bufferedAmount > maxBuffered) socket.pause()
  }
  if (head.length > 0) toClient(head)
  socket.on('data', toClient)
  socket.on('drain', () => client.resume())
  socket.on('error', () => socket.destroy())
  socket.on('close', () => client.close(1000))
  client.on('message', (message: RawData) => {
    if (!socket.destroyed && socket.write(bytesOf(message)) === false) client.pause()
  })
  client.on('close', () => socket.destroy())
  client.on('error', () => socket.destroy())
}

/** The channel form: per port a data channel `2i` and an error channel `2i + 1`, each opened by the port's number. */
export function channels(client: WebSocket, session: SpdySession, ports: number[]): void {
  const data: SpdyStream[] = []
  let open = ports.length
  const send = (to: number, chunk: Buffer) => {
    if (client.readyState === client.OPEN)
      client.send(Buffer.concat([Buffer.from([to]), chunk]), { binary: true })
  }
  ports.forEach((port, index) => {
    const headers = { port: String(port), requestid: String(index) }
    const announce = Buffer.alloc(2)
    announce.writeUInt16LE(port)
    const error = session.open(
      { streamtype: 'error', ...headers },
      { data: (chunk) => send(2 * index + 1, chunk), end: () => {} },
    )
    error.close()
    const stream = session.open(
      { streamtype: 'data', ...headers },
      {
        data: (chunk) => send(2 * index, chunk),
        end: () => {
          if (--open === 0) client.close(1000)
        },
      },
    )
    data.push(stream)
    send(2 * index, announce)
    send(2 * index + 1, announce)
  })
  client.on('message', (message: RawData) => {
    const bytes = bytesOf(message)
    const target = bytes[0] ?? 0
    if (target % 2 === 0 && data[target / 2]?.write(bytes.subarray(1)) === false) client.pause()
  })
  session.socket.on('drain', () => client.resume())
  client.on('close', () => session.close())
  client.on('error', () => session.close())
}

function bytesOf(message: RawData): Buffer {
  if (Buffer.isBuffer(message)) return message
  return Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message)
}
