/** HTTP/1.1 answers written by hand, on connections that have no parser any more. */

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** The head of an answer as it came. */
export function headSent({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('')
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines}\r\n`
}

const largestRefusal = 64 << 10

/** Somebody's answer that is no agreement: told, and the connection ended, so that nothing else goes through it. */
export async function refuseWith(socket: Duplex, response: IncomingMessage): Promise<void> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (length + chunk.length > largestRefusal) break
    length += chunk.length
    chunks.push(chunk)
  }
  const { statusCode, statusMessage, headers } = response
  const type = headers['content-type'] ?? 'text/plain'
  socket.write(
    `HTTP/1.1 ${statusCode} ${statusMessage}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`,
  )
  socket.end(Buffer.concat(chunks))
}
