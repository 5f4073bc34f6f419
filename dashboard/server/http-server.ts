/**
 * The page's server as far as HTTP goes: who may ask, how large a question may be, and how a refusal reads. It listens on
 * the loopback address alone and knows nothing of rollouts.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Listening, listening } from '../../controllers/framework/listening.ts'
import { createServer } from '../../ports/node-http.ts'
import { checkHost, checkOrigin, checkToken, safetyHeaders } from './access.ts'
import type { Assets } from './assets.ts'
import { Refusal } from './refusal.ts'

/** One question to the API. */
export interface Question {
  /** @throws Refusal where it is missing */
  needed(name: string): string
  /** `undefined` where it is missing or empty. */
  given(name: string): string | undefined
  /** Of a POST. */
  body: Record<string, unknown>
  headers: IncomingMessage['headers']
  /** For those that answer by themselves. */
  response: ServerResponse
}

/** JSON, a file to be saved, or nothing when it has taken the response over. */
export type Reply = { json: object } | { file: AsyncIterable<string>; name: string } | undefined

export type Route = (question: Question) => Promise<Reply> | Reply

/** By `GET /api/at`. */
export type Routes = ReadonlyMap<string, Route>

/** What answers, and words for what it has thrown; `undefined` for what nobody has expected. */
export interface Api {
  routes: Routes
  inWords(error: unknown): Refusal | undefined
}

export interface HttpServerOptions {
  /** 0: any that is free. */
  port: number
  token: string
  assets: Assets
  /** Asked for by those who may ask. */
  api(): Promise<Api>
  /** Hears of errors that nobody can be told of. */
  report(error: unknown): void
}

/** Bytes of a body, and of the headers of a request. */
const largestBody = 65_536
const largestHead = 16_384
/** Tabs have six connections each at most. */
const mostConnections = 256

const noStore = { ...safetyHeaders, 'cache-control': 'no-store' }

/** Headers of an answer of the API. */
export const apiHeaders: Readonly<Record<string, string>> = noStore

/** Resolves when it listens. */
export async function startHttpServer(options: HttpServerOptions): Promise<Listening> {
  const limits = {
    maxHeaderSize: largestHead,
    requestTimeout: 30_000,
    headersTimeout: 10_000,
    // Tabs that are gone without a word are noticed.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  }
  let port = options.port
  const server = createServer(limits, (request, response) => {
    response.on('error', options.report)
    answer(options, port, request, response).catch((error: unknown) =>
      refuse(options, response, error),
    )
  })
  server.maxConnections = mostConnections
  const listens = await listening(server, port, '127.0.0.1')
  port = listens.port
  return listens
}

async function answer(
  { assets, api, token }: HttpServerOptions,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', headers } = request
  checkHost(headers, port)
  const url = URL.parse(request.url ?? '/', 'http://127.0.0.1')
  if (!url) throw new Refusal(400, 'the address is none', 'open /')
  if (!url.pathname.startsWith('/api/')) {
    serveAsset(assets, method, url.pathname, response)
    // Soon it will be asked; what is in the way is told then.
    if (url.pathname === '/') api().catch(() => undefined)
    return
  }
  checkOrigin(headers, port)
  checkToken(headers, token)
  const { routes, inWords } = await api()
  const route = routes.get(`${method} ${url.pathname}`)
  if (!route) {
    const known = [...routes.keys()].some((key) => key.endsWith(` ${url.pathname}`))
    throw known
      ? new Refusal(405, `${url.pathname} does not take ${method}`, 'see dashboard/protocol.ts')
      : new Refusal(404, `there is no ${url.pathname}`, 'see dashboard/protocol.ts')
  }
  const body = method === 'POST' ? await bodyOf(request) : {}
  try {
    const reply = await route(questionOf(url.searchParams, { body, headers, response }))
    if (reply) await send(response, reply)
  } catch (error) {
    throw inWords(error) ?? error
  }
}

function questionOf(
  query: URLSearchParams,
  rest: Pick<Question, 'body' | 'headers' | 'response'>,
): Question {
  const given = (name: string) => query.get(name) || undefined
  return {
    ...rest,
    given,
    needed(name) {
      const value = given(name)
      if (value === undefined) throw new Refusal(400, `"${name}" is missing`, `add ?${name}=`)
      return value
    },
  }
}

function serveAsset(assets: Assets, method: string, path: string, response: ServerResponse): void {
  if (method !== 'GET' && method !== 'HEAD')
    throw new Refusal(405, `${path} does not take ${method}`, 'GET it')
  const asset = assets.get(path === '/' ? '/index.html' : path)
  if (!asset) throw new Refusal(404, `there is no ${path}`, 'open /')
  response.writeHead(200, {
    ...safetyHeaders,
    'content-type': asset.type,
    'content-length': asset.bytes.length,
    'cache-control': asset.lasting ? 'public, max-age=31536000, immutable' : 'no-cache',
  })
  response.end(method === 'HEAD' ? undefined : asset.bytes)
}

async function send(response: ServerResponse, reply: NonNullable<Reply>): Promise<void> {
  if ('json' in reply) {
    const bytes = Buffer.from(JSON.stringify(reply.json))
    response.writeHead(200, {
      ...noStore,
      'content-type': 'application/json',
      'content-length': bytes.length,
    })
    response.end(bytes)
    return
  }
  response.writeHead(200, {
    ...noStore,
    'content-type': 'application/jsonl',
    'content-disposition': `attachment; filename="${reply.name.replaceAll(/[^\w.-]/g, '-')}"`,
  })
  for await (const part of reply.file) {
    if (response.destroyed) return
    if (!response.write(part)) await caughtUp(response)
  }
  response.end()
}

/** Also when nobody reads any more. */
const caughtUp = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
  })

/** A JSON object. The type is one that a form of another site cannot send. */
async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new Refusal(415, 'the body is not JSON', 'send it as application/json')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody)
      throw new Refusal(413, `the body is larger than ${largestBody} bytes`, 'send less')
    chunks.push(chunk)
  }
  try {
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString())
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return Object.assign(Object.create(null), parsed)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new Refusal(400, 'the body is no JSON object', 'send an object')
}

function refuse({ report }: HttpServerOptions, response: ServerResponse, error: unknown): void {
  const refusal = error instanceof Refusal ? error : undefined
  if (!refusal) report(error)
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, message, next, extra } =
    refusal ?? new Refusal(500, 'the server has failed', 'see its log: tiphys logs dashboard')
  // What is left of a body that was not read would be taken for the next request.
  const rest = response.req.complete ? {} : { connection: 'close' }
  response.writeHead(status, { ...noStore, ...rest, 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { message, next }, ...extra }))
}
