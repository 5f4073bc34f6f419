/** Answers other than 200 of the node's server, whatever went wrong; the API server passes their text on. */

import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { RuntimeError } from '../runtime/runtime.ts'
import { UpgradeError } from './spdy/upgrade.ts'

/** Thrown where a request cannot be served; `message` is what the client reads. */
export class Refusal extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

function refusalOf(error: unknown): { code: number; message: string } {
  if (error instanceof Refusal || error instanceof UpgradeError)
    return { code: error.code, message: error.message }
  if (error instanceof RangeError) return { code: 400, message: error.message }
  if (error instanceof RuntimeError)
    return { code: error.code === 'notFound' ? 404 : 500, message: error.message }
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT')
    return {
      code: 404,
      message: 'there is no log: the container has not written one, or it is gone',
    }
  return { code: 500, message: message ?? String(error) }
}

export function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { code, message } = refusalOf(error)
  response.writeHead(code, { 'Content-Type': 'text/plain' })
  response.end(message)
}

/** As `refuse`, on a connection that was to be upgraded. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  if (socket.writableEnded) return
  const { code, message } = refusalOf(error)
  const body = `${message}\n`
  socket.end(
    `HTTP/1.1 ${code} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
