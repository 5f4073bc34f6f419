/** Asks an aggregated API server about itself: one GET, with a limit to its time and to the answer. */

import { request } from 'node:https'
import type { Clock } from '../../ports/clock.ts'
import type { Destination } from '../proxy/reverse-proxy.ts'

const withinMs = 5_000
const mostBytes = 8 << 20

export interface RemoteAnswer {
  code: number
  body: Buffer
}

/** Redirects are not followed. @throws Error in words when nobody answers in time */
export function askRemote(destination: Destination, clock: Clock): Promise<RemoteAnswer> {
  const { host, port, path, tls, headers } = destination
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, path, headers, ...tls, method: 'GET', agent: false })
    const cancel = clock.after(withinMs, () =>
      outgoing.destroy(new Error(`it does not answer within ${withinMs / 1000} seconds`)),
    )
    outgoing.on('error', reject)
    outgoing.once('close', () => {
      cancel()
      // It may end without an error, where the other end has switched to a protocol that nobody asked for.
      reject(new Error('it closed the connection without an answer'))
    })
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > mostBytes) outgoing.destroy(new Error(`it answers more than ${mostBytes} bytes`))
        else chunks.push(chunk)
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
      )
    })
    outgoing.end()
  })
}
