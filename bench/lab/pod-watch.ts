/** Follows pods over a watch and notes when each of them came how far. */

import type { TLSSocket } from 'node:tls'
import type { Pod } from '../../api/types.ts'
import { demand } from './api-server.ts'
import { type Address, openSocket, requestBytes } from './connection.ts'

/** In `performance.now()`; absent: not yet. */
export interface Progress {
  seenAt: number
  boundAt?: number
  runningAt?: number
}

const pods = '/api/v1/namespaces/default/pods'

/** One pod at a time would be a round trip more: this listens before anything is created. */
export class PodWatch {
  readonly progress = new Map<string, Progress>()
  readonly #socket: TLSSocket
  #rest: string[] = []
  #waiting: { done: () => boolean; resolve: () => void; reject: (error: Error) => void }[] = []

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('close', () => {
      for (const { reject } of this.#waiting) reject(new Error('the watch has ended'))
    })
  }

  static async start(address: Address): Promise<PodWatch> {
    const { body } = await demand(address, 'GET', `${pods}?limit=1`)
    const { metadata } = JSON.parse(`${body}`) as { metadata: { resourceVersion: string } }
    const socket = await openSocket(address)
    const watch = new PodWatch(socket)
    const version = `resourceVersion=${metadata.resourceVersion}`
    socket.write(requestBytes('GET', `${pods}?watch=true&timeoutSeconds=3600&${version}`))
    return watch
  }

  /** Chunks' own lines, which are no events, are skipped. */
  #take(text: string): void {
    const lines = text.split('\n')
    this.#rest.push(lines[0]!)
    for (const next of lines.slice(1)) {
      this.#line(this.#rest.join(''))
      this.#rest = [next]
    }
    this.#waiting = this.#waiting.filter(({ done, resolve }) => {
      if (!done()) return true
      resolve()
      return false
    })
  }

  #line(line: string): void {
    const start = line.indexOf('{"type":')
    if (start < 0) return
    const { type, object } = JSON.parse(line.slice(start)) as { type: string; object: Pod }
    const name = object.metadata.name ?? ''
    if (type === 'DELETED') {
      this.progress.delete(name)
      return
    }
    const now = performance.now()
    const progress = this.progress.get(name) ?? { seenAt: now }
    this.progress.set(name, progress)
    if (object.spec?.nodeName) progress.boundAt ??= now
    if (object.status?.phase === 'Running') progress.runningAt ??= now
  }

  /** Resolves at the event after which `done` holds. */
  until(done: () => boolean, what: string, timeoutMs: number): Promise<void> {
    if (done()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${what}: not within ${timeoutMs} ms`)),
        timeoutMs,
      )
      const end = (settle: () => void) => () => {
        clearTimeout(timer)
        settle()
      }
      this.#waiting.push({
        done,
        resolve: end(resolve),
        reject: (error) => end(() => reject(error))(),
      })
    })
  }

  count(stage: 'seenAt' | 'boundAt' | 'runningAt'): number {
    let count = 0
    for (const progress of this.progress.values()) if (progress[stage] !== undefined) count++
    return count
  }

  close(): void {
    this.#socket.destroy()
  }
}
