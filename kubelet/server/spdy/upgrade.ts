/** Turns an HTTP request to the runtime's streaming server into a raw connection. */

import type { Duplex } from 'node:stream'
import { request } from '../../../ports/node-http.ts'

export interface Upgraded {
  socket: Duplex
  /** Bytes that came right behind the answer. */
  head: Buffer
  /** What the server chose of the offered protocols. */
  protocol: string
}

/** The runtime refused; `code` and text are its own. */
export class UpgradeError extends Error {
  override name = 'UpgradeError'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const timeoutMs = 30_000
const maxRefusal = 64 << 10

/** @param protocols offered in this order in `X-Stream-Protocol-Version` */
export function upgradeToSpdy(url: string, protocols: string[]): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'SPDY/3.1',
        'X-Stream-Protocol-Version': protocols,
        'Content-Length': 0,
      },
      timeout: timeoutMs,
    })
    outgoing.once('error', reject)
    outgoing.once('timeout', () => outgoing.destroy(new Error('the runtime does not answer')))
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length <= maxRefusal) chunks.push(chunk)
      })
      response.once('end', () =>
        reject(
          new UpgradeError(response.statusCode ?? 500, Buffer.concat(chunks).toString().trim()),
        ),
      )
    })
    outgoing.once('upgrade', (response, socket, head) => {
      socket.setTimeout(0)
      const chosen = response.headers['x-stream-protocol-version']
      resolve({ socket, head, protocol: String(chosen ?? '') })
    })
    outgoing.end()
  })
}
