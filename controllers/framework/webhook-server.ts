/**
 * Serves the conversion of objects between the versions of kinds to an API server, over HTTPS. Certificates that have
 * been renewed are taken up; a certificate that cannot be read leaves the old one in place.
 */

import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { Clock } from '../../ports/clock.ts'
import { every } from '../../ports/every.ts'
import { conversionHandler } from './conversion-review.ts'
import type { Definition } from './defined-kind.ts'
import { type Listening, listening } from './listening.ts'

export interface WebhookOptions {
  kinds: readonly Definition[]
  clock: Clock
  /** All addresses of this machine; 0: any that is free. */
  port: number
  /** A directory with `tls.crt` and `tls.key`, read again every minute. */
  certificates: string
  /** Hears of certificates that cannot be read. */
  report(error: unknown): void
}

export type WebhookServer = Listening

/** Bytes of a question: what an API server sends at most, and some more. */
const largest = 16_777_216
/** Milliseconds between two looks at the certificate. */
const renewal = 60_000

/**
 *     await startWebhookServer({ kinds: [Site], clock, port: 9443, certificates: '/etc/webhook', report })
 */
export async function startWebhookServer(options: WebhookOptions): Promise<WebhookServer> {
  const { kinds, clock, port, certificates, report } = options
  const convert = conversionHandler(kinds)
  const pair = async () => ({
    cert: await readFile(`${certificates}/tls.crt`),
    key: await readFile(`${certificates}/tls.key`),
  })
  const server = createServer(await pair(), (request, response) => {
    if (request.method !== 'POST' || request.url?.split('?')[0] !== '/convert') {
      response.writeHead(404).end('there is POST /convert\n')
      return
    }
    bodyOf(request).then(
      (body) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(convert(body))
      },
      (error: Error) => {
        response.writeHead(413, { connection: 'close' }).end(`${error.message}\n`)
      },
    )
  })
  const { port: found, close } = await listening(server, port)
  const end = every(clock, renewal, async () => server.setSecureContext(await pair()), report)
  return {
    port: found,
    close() {
      end()
      return close()
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largest) throw new Error(`the question is larger than ${largest} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
