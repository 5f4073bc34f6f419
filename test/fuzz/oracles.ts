/** What must never happen, whatever was asked. */

import { firstValueFrom } from 'rxjs'
import type { Storage } from '../../apiserver/storage/storage.ts'
import { ApiError } from '../../controllers/framework/index.ts'
import type { Request } from './generator.ts'
import type { FuzzAnswer } from './send.ts'

/** A thread that computes for so long without a pause keeps everybody waiting. */
export const stallMs = 100
/** What cannot be done here (there is no node), or is told to be of a later time. */
const honest = new Set([501, 503, 504])
/** Kubernetes answers some mistakes of clients with 500, most without a reason, and clients know them by it. */
const failed = (text: string) => /InternalError|ServerTimeout/.test(text) && !traditional.test(text)
const traditional =
  /without impersonating a user|resourceVersion should not be set|does not contain declared merge key/

/** What is wrong with an answer as such; nothing, where nothing is. */
export function wrongWith({ method, by }: Request, { code, text }: FuzzAnswer): string | undefined {
  if (code >= 500 && !honest.has(code) && failed(text)) return `answered ${code}`
  if (code >= 400 && method !== 'HEAD' && !isStatus(text) && !(by === 'upgrade' && code === 400))
    return `answered ${code} without a Status`
  return undefined
}

/** Paths that mean nothing get plain text, as in Kubernetes; who reads nothing but protobuf gets that. */
function isStatus(text: string): boolean {
  if (text.startsWith('404 page not found') || text.startsWith('k8s\0')) return true
  try {
    return (JSON.parse(text) as { kind?: string }).kind === 'Status'
  } catch {
    return false
  }
}

/** Whether the answer says, or the request asked, that nothing be written. */
export function mayWrite({ method, path }: Request, { code }: FuzzAnswer): boolean {
  if (code >= 400 && code < 500) return false
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false
  return !/[?&]dryRun=All(&|$)/.test(path)
}

/** Whoever takes away what the server itself needs is told so in its log: that is no surprise. */
export const surprises = (reported: readonly unknown[]): unknown[] =>
  reported.filter((error) => !(error instanceof ApiError))

/** Keys of the request's kind and name that were written since a revision. The server itself writes too, about others. */
export async function writtenSince(
  storage: Storage,
  revision: number,
  path: string,
): Promise<string[]> {
  if ((await storage.revision()) === revision) return []
  const { events } = await firstValueFrom(storage.watch('', revision))
  const keys = events.map((event) => (event.type === 'put' ? event.entry.key : event.key))
  return keys.filter((key) => isAbout(path, key))
}

function isAbout(path: string, key: string): boolean {
  const [, , plural = '', ...place] = key.slice(1).split('/')
  const name = place.at(-1) ?? ''
  const segments = path.split('?')[0]?.split('/') ?? []
  const at = segments.indexOf(plural)
  return at >= 0 && (segments[at + 1] === undefined || segments[at + 1] === name)
}

/** How long the thread computed between two turns; time in which others had the processor does not count. */
export class StallWatch {
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

  /** Milliseconds since `begin`. */
  end(): number {
    this.#sample()
    this.longest = Math.max(this.longest, this.#longestNow)
    return this.#longestNow
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
