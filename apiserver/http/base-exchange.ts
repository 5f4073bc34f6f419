/**
 * What exchanges have in common whatever carries them: reading a body with a limit, headers that wait for an answer, a
 * client that goes away, and the steps that requests take together.
 */

import type { IncomingHttpHeaders } from 'node:http2'
import type { Readable } from 'node:stream'
import type { Headers, Steps } from './exchange.ts'
import { tooLarge } from './status.ts'

export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

export const lengthOf = (chunks: readonly Buffer[]) =>
  chunks.reduce((total, { length }) => total + length, 0)

export abstract class BaseExchange {
  code = 0
  #controller: AbortController | undefined
  #gone = false
  readonly extra: Headers = {}
  readonly #steps: Steps | undefined
  abstract readonly input: Readable
  abstract header(name: string): string | undefined

  /** @param steps without them nothing waits for others */
  constructor(steps?: Steps) {
    this.#steps = steps
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#gone) this.#controller.abort(new Error('the client is gone'))
    }
    return this.#controller.signal
  }

  protected onGone(): void {
    this.#gone = true
    this.#controller?.abort(new Error('the client is gone'))
  }

  setHeader(name: string, value: string | string[]): void {
    this.extra[name] = value
  }

  body(limit: number): Promise<Buffer> {
    const announced = Number(this.header('content-length') ?? 0)
    if (announced > limit) return Promise.reject(tooLarge(limit))
    const { input } = this
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let length = 0
      let complete = false
      input.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > limit) {
          input.removeAllListeners('data')
          input.pause()
          reject(tooLarge(limit))
        } else chunks.push(chunk)
      })
      input.once('end', () => {
        const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
        complete = true
        if (this.#steps) this.#steps.working.enter(() => resolve(whole))
        else resolve(whole)
      })
      input.once('error', reject)
      input.once('close', () => {
        if (!complete) reject(new Error('the client is gone'))
      })
    })
  }

  /** `work` puts the answer on its way. */
  protected answer(work: () => void): void {
    if (this.#steps) this.#steps.answering.enter(work)
    else work()
  }
}
