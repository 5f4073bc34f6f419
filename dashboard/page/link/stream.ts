/**
 * The one stream of a page: opens it, resumes after the last event that came, and says how the line is. It never gives up,
 * unless it is turned away.
 */

import type { Ports } from '../ports.ts'
import { refusalOf } from './server.ts'
import { EventParser, type ServerEvent } from './sse.ts'

export type Line =
  | { state: 'connecting' }
  | { state: 'live' }
  /** What is shown is of `since` (milliseconds); the next attempt is at `retryAt`. */
  | { state: 'reconnecting'; since: number; retryAt: number; reason: string }
  /** It would be turned away again. */
  | { state: 'refused'; status: number; reason: string }

export interface StreamListener {
  line: (line: Line) => void
  event: (event: ServerEvent) => void
  /** What the server's clock says, in milliseconds. */
  clock: (serverNow: number) => void
}

/** Nothing at all, not even a heartbeat: the connection is broken. */
const silenceMs = 30_000
const firstDelayMs = 250
const longestDelayMs = 2_000

export interface Reading {
  stop: () => void
  /** Lets go of the connection, until `wake`. */
  rest: () => void
  wake: () => void
}

export function readStream(
  ports: Ports,
  path: string,
  token: string,
  listener: StreamListener,
): Reading {
  const stream = new Stream(ports, path, token, listener)
  void stream.run()
  return stream
}

class Stream implements Reading {
  readonly #ports: Ports
  readonly #path: string
  readonly #token: string
  readonly #listener: StreamListener
  #stopped = false
  #resting = false
  #abort = new AbortController()
  #wake: (() => void) | undefined
  #lastId = ''
  /** Whether that was told. */
  #live = false
  #failures = 0
  #lostAt = 0

  constructor(ports: Ports, path: string, token: string, listener: StreamListener) {
    this.#ports = ports
    this.#path = path
    this.#token = token
    this.#listener = listener
  }

  stop(): void {
    this.#stopped = true
    this.#abort.abort()
    this.#wake?.()
  }

  rest(): void {
    if (this.#stopped) return
    this.#resting = true
    this.#abort.abort()
    this.#wake?.()
  }

  wake(): void {
    if (!this.#resting) return
    this.#resting = false
    this.#wake?.()
  }

  async run(): Promise<void> {
    this.#listener.line({ state: 'connecting' })
    while (!this.#stopped) {
      const reason = await this.#connection()
      if (this.#stopped) return
      if (this.#resting) {
        await this.#woken()
        continue
      }
      if (typeof reason !== 'string') {
        this.#listener.line(reason)
        return
      }
      if (this.#failures === 0) this.#lostAt = this.#ports.now()
      await this.#pause(reason)
    }
  }

  /** Ends with why it ended. */
  async #connection(): Promise<string | Line> {
    this.#abort = new AbortController()
    try {
      const response = await this.#ports.fetch(this.#path, {
        headers: {
          Authorization: `Bearer ${this.#token}`,
          Accept: 'text/event-stream',
          ...(this.#lastId && { 'Last-Event-ID': this.#lastId }),
        },
        cache: 'no-store',
        signal: this.#abort.signal,
      })
      if (response.status === 401 || response.status === 403)
        return {
          state: 'refused',
          status: response.status,
          reason: (await refusalOf(response)).message,
        }
      if (!response.ok || !response.body) return `the page server answered ${response.status}`
      const date = Date.parse(response.headers.get('Date') ?? '')
      if (!Number.isNaN(date)) this.#listener.clock(date)
      return await this.#read(response.body.getReader())
    } catch (error) {
      return this.#abort.signal.aborted ? 'silence' : (error as Error).message
    }
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
    const parser = new EventParser()
    const decoder = new TextDecoder()
    for (;;) {
      const calm = this.#ports.later(silenceMs, () => this.#abort.abort())
      const { done, value } = await reader.read().finally(calm)
      if (done) return 'the page server ended the stream'
      for (const event of parser.push(decoder.decode(value, { stream: true }))) this.#tell(event)
      if (this.#stopped) return 'stopped'
    }
  }

  #tell(event: ServerEvent): void {
    if (this.#stopped) return
    if (!this.#live) this.#listener.line({ state: 'live' })
    this.#live = true
    this.#failures = 0
    this.#lastId = event.id
    this.#listener.event(event)
  }

  #woken(): Promise<void> {
    this.#live = false
    this.#listener.line({ state: 'connecting' })
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** Twice as long each time, and not all pages at once. */
  #pause(reason: string): Promise<void> {
    const full = Math.min(firstDelayMs * 2 ** this.#failures, longestDelayMs)
    const delay = full * (0.75 + this.#ports.random() / 4)
    this.#failures += 1
    this.#live = false
    const since = this.#lostAt
    this.#listener.line({
      state: 'reconnecting',
      since,
      retryAt: this.#ports.now() + delay,
      reason,
    })
    return new Promise((resolve) => {
      const cancel = this.#ports.later(delay, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
