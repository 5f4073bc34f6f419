/**
 * Sends made-up requests to a server of its own and watches what must never happen: a crash, an answer of 500 and
 * above, a stall of the event loop, a change of state by a request that was refused, a prototype that grew.
 *
 *     npm run fuzz -- --seconds 600 --seed 7
 */

import { performance } from 'node:perf_hooks'
import type { Storage } from '../../apiserver/storage/storage.ts'
import { startWireServer, type WireServer } from '../../apiserver/wire/wire.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { definition, definitions } from './definition.ts'
import { Generator, type Request } from './generator.ts'
import { type Grammar, grammarOf } from './grammar.ts'
import { mayWrite, StallWatch, stallMs, surprises, writtenSince, wrongWith } from './oracles.ts'
import { seeds } from './seeds.ts'
import { type FuzzAnswer, Sender } from './send.ts'

export interface FuzzOptions {
  seed: number
  seconds: number
  /** Stops earlier. */
  requests?: number
  /** One in memory unless told. */
  storage?: Storage
}

export interface Finding {
  what: string
  request: Request
  answer: string
}

export interface FuzzResult {
  requests: number
  /** How many answers of each code. */
  codes: Map<number, number>
  findings: Finding[]
  longestStallMs: number
}

const mostFindings = 20

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { seed, seconds, requests = Infinity, storage } = options
  // Nothing happens by itself: what changes, a request has changed.
  const clock = new VirtualClock(Date.now())
  const server = await startWireServer({ clock, storage })
  const run = new Run(server, clock, new Generator(await grammarFrom(server), seededRandom(seed)))
  const end = performance.now() + seconds * 1000
  try {
    await run.plant()
    while (run.result.requests < requests && performance.now() < end) {
      await run.once()
      if (run.result.findings.length >= mostFindings) break
    }
  } finally {
    run.stop()
    await server.close()
  }
  return run.result
}

async function grammarFrom(server: WireServer): Promise<Grammar> {
  const made = await server.ask('POST', definitions, { body: definition })
  if (made.code !== 201) throw new Error(`the definition is refused: ${made.text}`)
  const paths = await publishedPaths(server)
  const documents = []
  for (const path of paths) documents.push((await server.ask('GET', `/openapi/v3/${path}`)).json)
  const { operations, schemas } = grammarOf(documents)
  const own = operations.filter(({ path }) => path.includes(definition.spec.group))
  // One kind among a hundred would hardly be met.
  const often = Math.ceil(operations.length / own.length / 5)
  const more = Array.from({ length: often }, () => own).flat()
  return { operations: [...operations, ...more], schemas }
}

/** When the definition's own document is among the rest. */
async function publishedPaths(server: WireServer): Promise<string[]> {
  for (let tries = 0; tries < 500; tries++) {
    const index = await server.ask('GET', '/openapi/v3')
    const paths = Object.keys(index.json.paths as object)
    if (paths.includes('apis/fuzz.example.com/v1')) return paths
  }
  throw new Error('the definition is not published')
}

class Run {
  readonly result: FuzzResult = { requests: 0, codes: new Map(), findings: [], longestStallMs: 0 }
  readonly #server: WireServer
  readonly #clock: VirtualClock
  readonly #generator: Generator
  readonly #sender: Sender
  readonly #stalls = new StallWatch()

  constructor(server: WireServer, clock: VirtualClock, generator: Generator) {
    this.#server = server
    this.#clock = clock
    this.#generator = generator
    this.#sender = new Sender(server)
  }

  /** Something to begin with. */
  async plant(): Promise<void> {
    for (const [path, object] of Object.entries(seeds)) {
      const body = { metadata: { name: 'a', labels: { a: 'b' } }, ...object }
      const { code, text } = await this.#server.ask('POST', path, { body })
      if (code !== 201) throw new Error(`${path} refuses what is sound: ${text}`)
      this.#generator.learn(JSON.parse(text), path)
    }
  }

  stop(): void {
    this.#stalls.stop()
    this.#sender.close()
  }

  async once(): Promise<void> {
    const { storage, reported } = this.#server
    const { codes, findings } = this.result
    const request = this.#generator.request()
    const revision = await storage.revision()
    const before = reported.length
    const start = this.#clock.now()
    const found = (what: string, answer = '') => findings.push({ what, request, answer })
    this.result.requests++
    this.#stalls.begin()
    let answer: FuzzAnswer
    try {
      answer = await this.#inTime(this.#sender.send(request))
    } catch (error) {
      found(`no answer: ${(error as Error).message}`)
      return
    }
    const stall = this.#stalls.end()
    this.result.longestStallMs = this.#stalls.longest
    const { code, text } = answer
    codes.set(code, (codes.get(code) ?? 0) + 1)
    const wrong = wrongWith(request, answer)
    if (wrong) found(wrong, text)
    // Where time has passed, the server has done what it does from time to time.
    if (!mayWrite(request, answer) && this.#clock.now() === start) {
      const written = await writtenSince(storage, revision, request.path)
      if (written.length > 0) found(`answered ${code} and wrote ${written}`, text)
    }
    for (const error of surprises(reported.slice(before))) found(`reported: ${error}`, text)
    if (Object.keys(Object.prototype).length > 0)
      found('the prototype of all objects has grown', text)
    if (stall > stallMs) found(`computed for ${Math.round(stall)} ms without a pause`, text)
    this.#generator.learn(parsed(answer))
  }

  /** Time passes only for who waits: for a version of the future, for instance. */
  async #inTime<T>(pending: Promise<T>): Promise<T> {
    for (let seconds = 0; seconds < longestAnswer; seconds++) {
      const waited = Symbol()
      const first = await Promise.race([pending, later(waited)])
      if (first !== waited) return first as T
      await this.#clock.advance(1_000)
    }
    throw new Error(`nothing for ${longestAnswer} seconds`)
  }
}

const longestAnswer = 60
const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), 25))

/** Answers in other forms teach nothing. */
function parsed({ code, text }: FuzzAnswer): unknown {
  if (code >= 300 || !text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A finding as it can be sent again by hand. */
export function describeFinding({ what, request, answer }: Finding): string {
  const { method, path, headers, body, by } = request
  return [
    `${what}: ${method} ${path} by ${by}`,
    `  headers ${JSON.stringify(headers)}`,
    ...(body ? [`  body ${body.toString('latin1').slice(0, 2_000)}`] : []),
    `  answer ${answer.slice(0, 600)}`,
  ].join('\n')
}
