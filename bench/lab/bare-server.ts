/**
 * The limit: `node:https` alone, sending bytes that are there already. It parses nothing, stores nothing, checks nothing.
 * Run as a process: `bare-server.ts PKI-DIRECTORY`.
 */

import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { serve } from './remote.ts'
import './usage.ts'

const directory = process.argv[2] ?? ''
const read = (name: string) => readFileSync(join(directory, name))

let headers: Record<string, string> = {}
let body = Buffer.alloc(0)
const streams = new Set<ServerResponse>()

const server = createServer(
  {
    cert: read('server.crt'),
    key: read('server.key'),
    ca: read('ca.crt'),
    requestCert: true,
    rejectUnauthorized: false,
    noDelay: true,
    keepAliveTimeout: 90_000,
  },
  (request, response) => {
    if (request.url === '/stream') return hold(response)
    response.writeHead(200, { ...headers, 'Content-Length': body.length })
    response.end(body)
  },
)

function hold(response: ServerResponse): void {
  response.writeHead(200, headers)
  response.flushHeaders()
  streams.add(response)
  response.once('close', () => streams.delete(response))
}

const methods = {
  listen: () =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    }),
  /** What every GET is answered with. */
  content(content: { headers: Record<string, string>; file: string }) {
    headers = content.headers
    body = readFileSync(content.file)
  },
  /** Writes one buffer to every stream, `events` times, as fast as they take it. */
  async broadcast({ events, bytes }: { events: number; bytes: number }) {
    const line = Buffer.concat([Buffer.alloc(bytes - 2, 'x'), Buffer.from('}\n')])
    for (let n = 0; n < events; n++) {
      for (const stream of streams) stream.write(line)
      await new Promise((resolve) => setImmediate(resolve))
      for (const stream of streams) if (stream.writableNeedDrain) await drained(stream)
    }
  },
  /** The same so many times a second. */
  async drip({ events, bytes, perSecond }: { events: number; bytes: number; perSecond: number }) {
    const line = Buffer.concat([Buffer.alloc(bytes - 2, 'x'), Buffer.from('}\n')])
    const times: number[] = []
    const start = performance.now()
    for (let n = 0; n < events; n++) {
      const wait = start + (n * 1000) / perSecond - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      times.push(performance.timeOrigin + performance.now())
      for (const stream of streams) stream.write(line)
    }
    return times
  },
}

const drained = (stream: ServerResponse) =>
  new Promise<void>((resolve) => {
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.on('drain', done)
    stream.on('close', done)
  })

export type BareMethods = typeof methods

serve(methods)
process.channel?.ref()
