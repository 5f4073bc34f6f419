/**
 * Sends made-up requests to a server of its own and watches what must never happen: a crash, an answer of 500 and
 * above, a stall of the event loop, a change of state by a request that was refused, a prototype that grew.
 *
 *     npm run fuzz -- --seconds 600 --seed 7
 */

import { performance } from 'node:perf_hooks'
import { firstValueFrom } from 'rxjs'
import { startWireServer, type WireServer } from '../../apiserver/wire/wire.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { definition, definitions } from './definition.ts'
import { Generator, grammarOf, type Request } from './grammar.ts'

export interface FuzzOptions {
  seed: number
  seconds: number
  /** Stops earlier. */
  requests?: number
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
/** A thread that computes for so long without a pause keeps everybody waiting. */
const stallMs = 100
/** What cannot be done here (there is no node), or is told to be of a later time. */
const honest = new Set([501, 504])
/** Kubernetes answers these mistakes of clients with 500, and clients know them by it. */
const traditional =
  /resourceVersion should not be set on objects to be created|failed to create typed (?:patch|live) object|does not contain declared merge key/

export async function fuzz({
  seed,
  seconds,
  requests = Infinity,
}: FuzzOptions): Promise<FuzzResult> {
  // Nothing happens by itself: what changes, a request has changed.
  const clock = new VirtualClock(Date.now())
  const server = await startWireServer({ clock })
  const generator = new Generator(await grammarFrom(server), seededRandom(seed))
  const result: FuzzResult = { requests: 0, codes: new Map(), findings: [], longestStallMs: 0 }
  const stalls = new StallWatch()
  const end = performance.now() + seconds * 1000
  try {
    while (result.requests < requests && performance.now() < end) {
      await once(server, clock, generator.request(), stalls, result)
      if (result.findings.length >= mostFindings) break
    }
  } finally {
    stalls.stop()
    await server.close()
  }
  result.longestStallMs = stalls.longest
  return result
}

async function grammarFrom(server: WireServer) {
  // Answered when it is served; its own document is among the rest.
  const made = await server.ask('POST', definitions, { body: definition })
  if (made.code !== 201) throw new Error(`the definition is refused: ${made.text}`)
  const index = await server.ask('GET', '/openapi/v3')
  const paths = Object.keys(index.json.paths as object)
  if (!paths.includes('apis/fuzz.example.com/v1'))
    throw new Error('the definition is not published')
  const documents = []
  for (const path of paths) documents.push((await server.ask('GET', `/openapi/v3/${path}`)).json)
  const { operations, schemas } = grammarOf(documents)
  const own = operations.filter(({ path }) => path.includes(definition.spec.group))
  // One kind among a hundred would hardly be met.
  const often = Math.ceil(operations.length / own.length / 5)
  const more = Array.from({ length: often }, () => own).flat()
  return { operations: [...operations, ...more], schemas }
}

async function once(
  server: WireServer,
  clock: VirtualClock,
  request: Request,
  stalls: StallWatch,
  result: FuzzResult,
): Promise<void> {
  const { method, path, headers, body } = request
  const before = await server.storage.revision()
  stalls.begin()
  const reported = server.reported.length
  const found = (what: string, answer = '') => result.findings.push({ what, request, answer })
  result.requests++
  let code: number
  let text: string
  try {
    const answer = await inTime(clock, server.ask(method, path, { headers, body }))
    code = answer.code
    text = answer.text
  } catch (error) {
    found(`no answer: ${(error as Error).message}`)
    return
  }
  result.codes.set(code, (result.codes.get(code) ?? 0) + 1)
  if (code >= 500 && !honest.has(code) && !traditional.test(text)) found(`answered ${code}`, text)
  if (code >= 400 && code < 500) {
    const written = await writtenSince(server, before)
    if (written.some((key) => isAbout(path, key)))
      found(`answered ${code} and wrote ${written}`, text)
  }
  if (code >= 400 && method !== 'HEAD' && !isStatus(text))
    found(`answered ${code} without a Status`, text)
  if (server.reported.length > reported) found(`reported: ${server.reported.at(-1)}`, text)
  if (Object.keys(Object.prototype).length > 0)
    found('the prototype of all objects has grown', text)
  const stall = stalls.end()
  if (stall > stallMs) found(`computed for ${Math.round(stall)} ms without a pause`, text)
}

/** The server itself writes too, about other things: what it observes of definitions, policies and roles. */
async function writtenSince({ storage }: WireServer, revision: number): Promise<string[]> {
  if ((await storage.revision()) === revision) return []
  const { events } = await firstValueFrom(storage.watch('', revision))
  return events.map((event) => (event.type === 'put' ? event.entry.key : event.key))
}

/** Whether a stored key is of the kind and name that a URL speaks of. */
function isAbout(path: string, key: string): boolean {
  const [, , plural = '', ...place] = key.slice(1).split('/')
  const name = place.at(-1) ?? ''
  const segments = path.split('?')[0]?.split('/') ?? []
  const at = segments.indexOf(plural)
  return at >= 0 && (segments[at + 1] === undefined || segments[at + 1] === name)
}

/** Time passes only for who waits: for a version of the future, for instance. */
async function inTime<T>(clock: VirtualClock, pending: Promise<T>): Promise<T> {
  for (let seconds = 0; seconds < longestAnswer; seconds++) {
    const waited = Symbol()
    const first = await Promise.race([pending, later(waited)])
    if (first !== waited) return first as T
    await clock.advance(1_000)
  }
  throw new Error(`nothing for ${longestAnswer} seconds`)
}

const longestAnswer = 60
const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), 25))

/** Paths that mean nothing get plain text, as in Kubernetes. */
function isStatus(text: string): boolean {
  if (text.startsWith('404 page not found')) return true
  try {
    return (JSON.parse(text) as { kind?: string }).kind === 'Status'
  } catch {
    return false
  }
}

/** How long the thread computed between two turns; time in which others had the processor does not count. */
class StallWatch {
  longest = 0
  #longestNow = 0
  #cpu = process.threadCpuUsage()
  readonly #timer = setInterval(() => this.#sample(), 5)

  #sample(): void {
    const { user, system } = process.threadCpuUsage(this.#cpu)
    this.#cpu = process.threadCpuUsage()
    this.#longestNow = Math.max(this.#longestNow, (user + system) / 1000)
  }

  begin(): void {
    this.#longestNow = 0
    this.#cpu = process.threadCpuUsage()
  }

  end(): number {
    this.#sample()
    this.longest = Math.max(this.longest, this.#longestNow)
    return this.#longestNow
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** A finding as it can be sent again by hand. */
export function describeFinding({ what, request, answer }: Finding): string {
  const { method, path, headers, body } = request
  return [
    `${what}: ${method} ${path}`,
    `  headers ${JSON.stringify(headers)}`,
    ...(body ? [`  body ${body.toString().slice(0, 2_000)}`] : []),
    `  answer ${answer.slice(0, 600)}`,
  ].join('\n')
}
