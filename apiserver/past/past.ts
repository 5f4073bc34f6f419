/**
 * What a server tells of the past, beyond what every Kubernetes server does: paths of its own below `/tiphys/v1/`. Whoever
 * may ask for the path is asked again what of each object they may read.
 */

import { json } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import { notFoundPath } from '../http/plain-errors.ts'
import type { RequestContext } from '../registry/registry.ts'
import { type WhyPorts, why, whyQuestion } from './why.ts'

export const pastPrefix = '/tiphys/v1/'

export interface PastPorts extends WhyPorts {}

export class Past {
  readonly #ports: PastPorts

  constructor(ports: PastPorts) {
    this.#ports = ports
  }

  readonly paths: readonly string[] = ['edge', 'why'].map((name) => pastPrefix + name)

  /** Whether the answer is a stream, which may take as long as it likes. */
  streams(path: string): boolean {
    return streams.has(path)
  }

  /** @throws StatusError, PlainError, and the store's errors */
  async serve(
    exchange: Exchange,
    { path, query }: { path: string; query: URLSearchParams },
    { user }: RequestContext,
  ): Promise<void> {
    switch (path.slice(pastPrefix.length)) {
      case 'edge':
        return send(exchange, await this.#ports.edge.moment())
      case 'why':
        return send(exchange, await why(this.#ports, whyQuestion(query), user))
      default:
        throw notFoundPath()
    }
  }
}

const streams = new Set([`${pastPrefix}recording`, `${pastPrefix}log`])

const send = (exchange: Exchange, body: object): void =>
  exchange.send(200, json, Buffer.from(`${JSON.stringify(body)}\n`))
