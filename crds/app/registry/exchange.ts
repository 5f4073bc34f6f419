/** One request over HTTP and its bounded answer. It follows no redirect, keeps no connection, and tries nothing twice. */

import type { IncomingMessage } from 'node:http'

// Importing it as a module would load all of fetch.
const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

export interface Request {
  method: 'GET' | 'HEAD'
  headers: Record<string, string>
  signal: AbortSignal
}

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: string
}

const longestBody = 64 * 1024

/** Rejects with the signal's reason when that aborts, with the system's error when nobody answers. */
export function exchange(url: URL, { signal, ...request }: Request): Promise<Answer> {
  const { request: send } = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(signal.aborted ? signal.reason : error)
    const sent = send(url, { ...request, signal, agent: false }, (response) => {
      read(response).then(resolve, failed)
    })
    sent.on('error', failed)
    sent.end()
  })
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > longestBody) throw new Error(`the answer is longer than ${longestBody} bytes`)
    chunks.push(chunk)
  }
  const { statusCode: status = 0, headers } = response
  return { status, headers, body: Buffer.concat(chunks).toString() }
}
