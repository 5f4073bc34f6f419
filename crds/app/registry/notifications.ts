/**
 * Where registries say that something was pushed: the endpoint for `notifications` of docker-registry. It passes on that
 * a tag may have moved, and nothing else of what it is told: where the tag points is asked of the registry.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Push } from '../followers.ts'

export interface NotificationOptions {
  /** What the registry must send as `Authorization: Bearer TOKEN`; at least 16 characters. */
  token: string
  /** Called for each push of a tag, before the registry gets its answer. */
  onPush(push: Push): void
}

const mediaTypes = new Set([
  'application/vnd.docker.distribution.events.v1+json',
  'application/vnd.docker.distribution.events.v2+json',
])
/** A registry sends few events at a time; each has some 700 bytes. */
const longestBody = 1024 * 1024

/** The answer: a status code, and a word to whoever reads the registry's log. */
type Answer = readonly [code: number, text: string]

class Refusal extends Error {
  override name = 'Refusal'
  readonly answer: Answer

  constructor(answer: Answer) {
    super(answer[1])
    this.answer = answer
  }
}

export function notificationListener({ token, onPush }: NotificationOptions): RequestListener {
  if (token.length < 16) throw new Error('the token for notifications needs 16 characters or more')
  const expected = hashOf(`Bearer ${token}`)
  return async (request, response) => {
    try {
      admit(request, expected)
      for (const push of pushesIn(await bodyOf(request))) onPush(push)
      answer(request, response, [200, 'thank you'])
    } catch (error) {
      if (error instanceof Refusal) answer(request, response, error.answer)
      else if (request.destroyed) response.destroy()
      else answer(request, response, [500, (error as Error).message])
    }
  }
}

/** Registries try again what is not answered with 2xx, so a refused one is dropped without reading on. */
function answer(request: IncomingMessage, response: ServerResponse, [code, text]: Answer): void {
  response.writeHead(code, {
    'Content-Type': 'text/plain; charset=utf-8',
    ...(request.complete ? {} : { Connection: 'close' }),
  })
  response.end(`${text}\n`)
}

function admit({ method, url, headers }: IncomingMessage, expected: Buffer): void {
  if (!timingSafeEqual(hashOf(headers.authorization ?? ''), expected))
    throw new Refusal([401, 'Authorization: Bearer and the token that both sides were given'])
  if (url !== '/notifications') throw new Refusal([404, 'POST /notifications'])
  if (method !== 'POST') throw new Refusal([405, 'POST /notifications'])
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (!mediaTypes.has(type)) throw new Refusal([415, [...mediaTypes].join(' or ')])
}

/** Hashes have one length, so that comparing them tells nothing of the token's. */
const hashOf = (text: string) => createHash('sha256').update(text).digest()

async function bodyOf(request: IncomingMessage): Promise<string> {
  const tooLong = new Refusal([413, `at most ${longestBody} bytes`])
  if (Number(request.headers['content-length'] ?? 0) > longestBody) throw tooLong
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > longestBody) throw tooLong
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** An envelope's pushes of tags, each once; blobs and pulls concern nobody. */
function pushesIn(body: string): Iterable<Push> {
  const { events } = fieldsOf(parsed(body))
  if (!Array.isArray(events)) throw new Refusal([400, 'events: must be a list'])
  const pushes = new Map<string, Push>()
  for (const event of events) {
    const { action, target } = fieldsOf(event)
    const { repository, tag, digest } = fieldsOf(target)
    if (action === 'push' && isName(repository) && isName(tag) && isName(digest))
      pushes.set(`${repository}:${tag}`, { repository, tag, digest })
  }
  return pushes.values()
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new Refusal([400, 'not JSON'])
  }
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {}
