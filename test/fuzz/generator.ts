/**
 * Requests that are nearly right: made from the server's own documents and answers, then bent. One that means nothing is
 * refused at the door and tests little; one that is wrong in one place goes far.
 */

import type { Random } from '../../ports/random.ts'
import { Bodies } from './bodies.ts'
import { Chance } from './chance.ts'
import { evilTexts } from './evil.ts'
import { collectionOf, type Grammar, type Operation } from './grammar.ts'
import { Memory } from './memory.ts'
import { encoded, headersOf, queryOf } from './queries.ts'

export interface Request {
  method: string
  path: string
  headers: Record<string, string>
  body?: Buffer
  /** How it travels: over HTTP/2, or over a connection that asks for another protocol and then says anything. */
  by: 'http1' | 'http2' | 'upgrade'
}

export class Generator {
  readonly #chance: Chance
  readonly #grammar: Grammar
  readonly #memory: Memory
  readonly #bodies: Bodies
  #last: Operation | undefined

  constructor(grammar: Grammar, random: Random) {
    this.#chance = new Chance(random)
    this.#grammar = grammar
    this.#memory = new Memory(this.#chance)
    this.#bodies = new Bodies(this.#chance, grammar, this.#memory)
  }

  request(): Request {
    const chance = this.#chance
    const operation = chance.pick(this.#grammar.operations)
    this.#last = operation
    const { name, namespace } = this.#place(operation)
    const method = chance.of(0.03)
      ? chance.pick(['OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'])
      : operation.method
    const path =
      this.#path(operation, name, namespace) + queryOf(chance, this.#memory, operation.query)
    const headers = headersOf(chance)
    if (operation.method === 'GET') return this.#reading({ method, path, headers, by: 'http1' })
    const body =
      operation.method === 'PATCH'
        ? this.#bodies.patch(operation, name)
        : this.#bodies.whole(operation, name)
    const by = chance.of(0.1) ? 'http2' : 'http1'
    if (!body) return { method, path, headers, by }
    const { contentType, bytes } = body
    return { method, path, headers: { ...headers, 'Content-Type': contentType }, body: bytes, by }
  }

  /** What came of the last request, or of one to another path. */
  learn(answer: unknown, path = this.#last?.path): void {
    if (path !== undefined) this.#memory.learn(collectionOf({ path }), answer)
  }

  #reading(request: Request): Request {
    if (this.#chance.of(0.1)) return { ...request, by: 'http2' }
    if (!this.#chance.of(0.04)) return request
    const at = this.#chance.pick([request.path, ...streams])
    return { ...request, method: 'GET', path: at, headers: this.#handshake(), by: 'upgrade' }
  }

  #handshake(): Record<string, string> {
    const chance = this.#chance
    return {
      Connection: chance.pick(['Upgrade', 'upgrade, x', 'keep-alive, Upgrade']),
      Upgrade: chance.pick(['websocket', 'websocket', 'WebSocket', 'SPDY/3.1', 'h2c', 'x']),
      'Sec-WebSocket-Version': chance.pick(['13', '13', '8', '0', 'x']),
      'Sec-WebSocket-Key': chance.pick(['AAAAAAAAAAAAAAAAAAAAAA==', 'x']),
      ...(chance.of(0.5) && { 'Sec-WebSocket-Protocol': chance.pick(protocols) }),
    }
  }

  /** Few names, so that requests meet each other's objects. */
  #name(): string {
    if (this.#chance.of(0.03)) return this.#chance.pick(evilTexts)
    return this.#chance.pick(['a', 'a', 'a', 'b', 'default'])
  }

  /** Of an object that was there, or of one that may be. */
  #place(operation: Operation): { name: string; namespace: string } {
    const chance = this.#chance
    const object = chance.of(0.5) ? this.#memory.object(collectionOf(operation)) : undefined
    const { name, namespace } = (object?.metadata ?? {}) as Record<string, unknown>
    return {
      name: typeof name === 'string' ? name : this.#name(),
      namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default',
    }
  }

  #path({ path }: Operation, name: string, namespace: string): string {
    return path
      .replace('{namespace}', () => encoded(this.#chance.of(0.95) ? namespace : this.#name()))
      .replace('{name}', () => encoded(this.#chance.of(0.95) ? name : this.#name()))
      .replace('{path}', () => encoded(this.#name()))
  }
}

const streams = [
  '/api/v1/pods?watch=true&timeoutSeconds=1',
  '/api/v1/watch/namespaces/default/configmaps?timeoutSeconds=1',
  '/api/v1/namespaces/default/configmaps/a?watch=1&timeoutSeconds=1',
  '/api/v1/namespaces/default/pods/a/exec?command=x&stdout=1',
  '/api/v1/namespaces/default/pods/a/log',
  '/api/v1/namespaces/default/pods/a/proxy/x',
  '/api/v1/namespaces/default/services/a/proxy',
]
const protocols = [
  'v5.channel.k8s.io',
  'binary.k8s.io',
  ',',
  'a/b',
  `base64url.bearer.authorization.k8s.io.${'a'.repeat(30)}, v5.channel.k8s.io`,
]
