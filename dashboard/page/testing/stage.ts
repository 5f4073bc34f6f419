/** What the page's parts are tried on: a clock that tests move, frames that they let pass, and a server that they play. */

import type { Ports } from '../ports.ts'

interface Timer {
  at: number
  run: () => void
}

export class Stage {
  time = 1_000_000
  readonly #timers = new Set<Timer>()
  #frames: (() => void)[] = []
  /** Requests, oldest first; each waits for its answer. */
  readonly requests: Asked[] = []

  readonly ports: Ports = {
    now: () => this.time,
    later: (ms, run) => {
      const timer = { at: this.time + ms, run }
      this.#timers.add(timer)
      return () => this.#timers.delete(timer)
    },
    frame: (run) => {
      this.#frames.push(run)
    },
    random: () => 1,
    fetch: (path, init) => {
      const asked = new Asked(path, init)
      this.requests.push(asked)
      return asked.response
    },
  }

  /** Lets what waits for an answer, but not for time, come to its end. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate)
  }

  async pass(ms: number): Promise<void> {
    await this.settle()
    const end = this.time + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.time = Math.max(this.time, next.at)
      this.#timers.delete(next)
      next.run()
      await this.settle()
    }
    this.time = end
    await this.settle()
  }

  async frame(): Promise<void> {
    const frames = this.#frames
    this.#frames = []
    this.time += 16
    for (const run of frames) run()
    await this.settle()
  }

  /** The latest request for this path. @throws Error when there is none */
  asked(path: string): Asked {
    const found = this.requests.findLast((each) => each.path.split('?')[0] === path)
    if (!found) throw new Error(`nobody asked for ${path}`)
    return found
  }

  count(path: string): number {
    return this.requests.filter((each) => each.path.split('?')[0] === path).length
  }
}

/** A request, and how it is answered. */
export class Asked {
  readonly path: string
  readonly init: RequestInit
  readonly response: Promise<Response>
  #answer: (response: Response) => void = () => {}
  #fail: (error: Error) => void = () => {}
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(path: string, init: RequestInit) {
    this.path = path
    this.init = init
    this.response = new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#fail = reject
    })
    init.signal?.addEventListener('abort', () => {
      this.fail('aborted')
      this.#stream?.error(new Error('aborted'))
    })
  }

  header(name: string): string | undefined {
    return (this.init.headers as Record<string, string>)[name]
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.path.split('?')[1])
  }

  json(body: object, status = 200): void {
    this.#answer(new Response(JSON.stringify(body), { status }))
  }

  fail(message: string): void {
    this.#fail(new Error(message))
  }

  /** Answers with a stream that stays open. */
  open(headers: Record<string, string> = {}): void {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller
      },
    })
    this.#answer(new Response(body, { headers }))
  }

  /** On an open stream. */
  send(type: string, data: object, id = ''): void {
    const text = `${id && `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
    this.#stream?.enqueue(new TextEncoder().encode(text))
  }

  end(): void {
    this.#stream?.close()
  }
}
