/** For tests of the wire: a server of its own on a store in memory, real TLS, and requests as plain as they get. */

import type { IncomingHttpHeaders } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { Agent, type RequestOptions, request } from 'node:https'
import type { Clock } from '../../ports/clock.ts'
import { seededRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { type Authority, createAuthority, type KeyPair } from '../auth/certificates.ts'
import {
  type ApiServerOptions,
  type ListenOptions,
  type StartedApiServer,
  startApiServer,
} from '../server.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { eventsIn, protobufType } from './protobuf.ts'

export interface Answer {
  code: number
  headers: IncomingHttpHeaders
  text: string
  bytes: Buffer
  /** The body as JSON; reading it throws where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  readonly json: any
}

export interface Ask {
  headers?: Record<string, string>
  /** An object is sent as JSON. */
  body?: object | string | Buffer
  /** As whom; an administrator unless told, `null` for nobody. */
  as?: KeyPair | null
}

/** Events of a watch as they come, in whatever encoding. */
export interface Stream {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  /** Waits for as many more events; fewer when the stream ends before. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  take(count: number): Promise<any[]>
  readonly ended: Promise<void>
  /** Stops reading from the connection. */
  pause(): void
  resume(): void
  close(): void
}

export interface WireServer {
  server: StartedApiServer
  storage: Storage
  authority: Authority
  admin: KeyPair
  /** Errors that the server reported. */
  reported: unknown[]
  ask(method: string, path: string, ask?: Ask): Promise<Answer>
  watch(path: string, headers?: Record<string, string>): Promise<Stream>
  http2(): ClientHttp2Session
  close(): Promise<void>
}

const mediaTypes: Record<string, string> = {
  PATCH: 'application/merge-patch+json',
}

/** Certificates take milliseconds, but every test file wants some. */
const pki = (async () => {
  const authority = await createAuthority()
  const [serving, admin] = await Promise.all([
    authority.issue({
      commonName: 'apiserver',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
      server: true,
    }),
    authority.issue({ commonName: 'admin', organizations: ['system:masters'], client: true }),
  ])
  return { authority, serving, admin }
})()

export async function startWireServer(
  options: Partial<ApiServerOptions> & Pick<ListenOptions, 'patience'> & { clock?: Clock } = {},
): Promise<WireServer> {
  const { authority, serving, admin } = await pki
  const storage = options.storage ?? (await openSqlite({ file: ':memory:' }))
  const reported: unknown[] = []
  const server = await startApiServer({
    clock: systemClock,
    random: seededRandom(1),
    ...options,
    // Whoever changes an object that others read is found out.
    hub: { freeze: true, ...options.hub },
    storage,
    tls: {
      certificate: serving.certificate,
      key: serving.key,
      clientAuthority: authority.certificate,
    },
    report: (error) => reported.push(error),
  })
  const agents = new Map<KeyPair | null, Agent>()
  const agentOf = (who: KeyPair | null) => {
    let agent = agents.get(who)
    if (!agent) {
      agent = new Agent({
        keepAlive: true,
        ca: authority.certificate,
        cert: who?.certificate,
        key: who?.key,
      })
      agents.set(who, agent)
    }
    return agent
  }
  const target = (path: string, more: RequestOptions): RequestOptions => ({
    host: '127.0.0.1',
    port: server.port,
    path,
    ...more,
  })
  return {
    server,
    storage,
    authority,
    admin,
    reported,
    ask(method, path, { headers = {}, body, as = admin } = {}) {
      const bytes = bytesOf(body)
      const all: Record<string, string> = bytes
        ? {
            'Content-Type': mediaTypes[method] ?? 'application/json',
            'Content-Length': String(bytes.length),
            ...headers,
          }
        : headers
      return new Promise((resolve, reject) => {
        const outgoing = request(target(path, { method, headers: all, agent: agentOf(as) }))
        outgoing.once('error', reject)
        outgoing.once('response', (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.once('error', reject)
          response.once('end', () => {
            const bytes = Buffer.concat(chunks)
            const text = bytes.toString()
            resolve({
              code: response.statusCode ?? 0,
              headers: response.headers,
              text,
              bytes,
              get json() {
                return JSON.parse(text)
              },
            })
          })
        })
        outgoing.end(bytes)
      })
    },
    watch: (path, headers = {}) => watch(target(path, { headers, agent: agentOf(admin) })),
    http2: () =>
      connectHttp2(server.url, {
        ca: authority.certificate,
        cert: admin.certificate,
        key: admin.key,
      }),
    async close() {
      for (const agent of agents.values()) agent.destroy()
      await server.close(0)
      if (!options.storage) await storage.close()
    },
  }
}

function bytesOf(body: Ask['body']): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function linesIn(bytes: Buffer): ReturnType<typeof eventsIn> {
  const end = bytes.lastIndexOf('\n') + 1
  const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1)
  return { events: lines.map((line) => JSON.parse(line)), rest: bytes.subarray(end) }
}

function watch(options: RequestOptions): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options)
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      const events: unknown[] = []
      const take = response.headers['content-type']?.startsWith(protobufType) ? eventsIn : linesIn
      let rest: Buffer = Buffer.alloc(0)
      let over = false
      let heard = () => {}
      response.on('data', (chunk: Buffer) => {
        const taken = take(Buffer.concat([rest, chunk]))
        rest = taken.rest
        events.push(...taken.events)
        heard()
      })
      const ended = new Promise<void>((done) => {
        response.once('close', () => {
          over = true
          heard()
          done()
        })
      })
      outgoing.on('error', () => response.destroy())
      resolve({
        code: response.statusCode ?? 0,
        headers: response.headers,
        ended,
        async take(count) {
          while (events.length < count && !over)
            await new Promise<void>((wake) => {
              heard = wake
            })
          return events.splice(0, count)
        },
        pause: () => response.pause(),
        resume: () => response.resume(),
        close: () => outgoing.destroy(),
      })
    })
    outgoing.end()
  })
}

/** A ConfigMap, the least of all objects. */
export const configMap = (name: string, data: Record<string, string> = {}, metadata = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
})

export const pod = (name: string, spec: object = {}, metadata = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'image' }], ...spec },
})

export const deployment = (name: string, replicas = 1) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'image' }] },
    },
  },
})
