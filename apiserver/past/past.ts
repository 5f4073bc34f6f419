/**
 * What a server tells of the past, beyond what every Kubernetes server does: paths of its own below `/tiphys/v1/`. Whoever
 * may ask for the path is asked again what of each object they may read.
 */

import { json } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import { notFoundPath } from '../http/plain-errors.ts'
import type { RequestContext, User } from '../registry/registry.ts'
import { type LogPorts, serveLog } from './log.ts'
import { type RecordingPorts, Recordings } from './recording.ts'
import { type WhyPorts, why, whyQuestion } from './why.ts'

export const pastPrefix = '/tiphys/v1/'

/** Answers what is asked for in a query, as a user. @throws StatusError */
export type Tell = (exchange: Exchange, query: URLSearchParams, user: User) => Promise<void>

export type PastPorts = WhyPorts & RecordingPorts & LogPorts

export class Past {
  readonly paths: readonly string[]
  readonly #tell: ReadonlyMap<string, Tell>

  constructor(ports: PastPorts) {
    const recordings = new Recordings(ports)
    this.#tell = new Map<string, Tell>([
      ['edge', async (exchange) => send(exchange, await ports.edge.moment())],
      ['log', (...asked) => serveLog(ports, ...asked)],
      ['recording', (...asked) => recordings.serve(...asked)],
      [
        'why',
        async (exchange, query, user) => send(exchange, await why(ports, whyQuestion(query), user)),
      ],
    ])
    this.paths = [...this.#tell.keys()].map((name) => pastPrefix + name)
  }

  /** Whether the answer is a stream, which may take as long as it likes. */
  streams(path: string): boolean {
    return streams.has(path.replace(/\/$/, ''))
  }

  /** @throws StatusError, PlainError, and the store's errors */
  async serve(
    exchange: Exchange,
    { path, query }: { path: string; query: URLSearchParams },
    { user }: RequestContext,
  ): Promise<void> {
    const tell = this.#tell.get(path.slice(pastPrefix.length))
    if (!tell) throw notFoundPath()
    return tell(exchange, query, user)
  }
}

const streams = new Set([`${pastPrefix}recording`, `${pastPrefix}log`])

const send = (exchange: Exchange, body: object): void =>
  exchange.send(200, json, Buffer.from(`${JSON.stringify(body)}\n`))
