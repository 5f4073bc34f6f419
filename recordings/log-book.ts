/** What containers wrote before they ended, by their pods; so many bytes of it, the oldest gone first. */

import type { LogTail } from '../rollouts/snapshot.ts'
import type { Log } from './recording.ts'

export class LogBook {
  readonly #limit: number
  #bytes = 0
  /** By pod, container and run, in the order of their coming. */
  readonly #logs = new Map<string, Log>()
  readonly #pods = new Map<string, Set<string>>()

  /** @param limit bytes of text */
  constructor(limit: number) {
    this.#limit = limit
  }

  add(log: Log): void {
    const { pod, container, restarts } = log
    const key = `${pod.uid}/${container}/${restarts}`
    if (this.#logs.has(key)) return
    this.#logs.set(key, log)
    this.#bytes += size(log)
    const keys = this.#pods.get(pod.uid)
    if (keys) keys.add(key)
    else this.#pods.set(pod.uid, new Set([key]))
    for (const oldest of this.#logs.keys()) {
      if (this.#bytes <= this.#limit || oldest === key) return
      this.#remove(oldest)
    }
  }

  /** All of a pod, the earliest first. */
  of(uid: string): Log[] {
    const logs = [...(this.#pods.get(uid) ?? [])].map((key) => this.#logs.get(key) as Log)
    return logs.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.restarts - b.restarts))
  }

  /** The last of each container that had ended by then: milliseconds since the epoch. */
  tails(uid: string, time: number): LogTail[] {
    const tails = new Map<string, LogTail>()
    for (const { at, container, lines } of this.of(uid))
      if (!(Date.parse(at) > time)) tails.set(container, { uid, container, lines })
    return [...tails.values()]
  }

  forget(uid: string): void {
    for (const key of this.#pods.get(uid) ?? []) this.#remove(key)
  }

  #remove(key: string): void {
    const log = this.#logs.get(key) as Log
    this.#bytes -= size(log)
    this.#logs.delete(key)
    const keys = this.#pods.get(log.pod.uid)
    keys?.delete(key)
    if (keys?.size === 0) this.#pods.delete(log.pod.uid)
  }
}

const size = ({ lines }: Log): number => lines.reduce((sum, line) => sum + line.length + 16, 128)
