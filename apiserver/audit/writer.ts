/**
 * Lines on their way to the log: they go out in their order, many at a time, and nobody waits for them. Where the log
 * cannot be written, or not as fast, lines are lost, counted and reported: the API goes on.
 */

import type { Clock } from '../../ports/clock.ts'

export interface LogTarget {
  /** For messages. */
  readonly name: string
  /** Whole lines. Rejects where they are not written; none of them is there then. */
  append(lines: Buffer): Promise<void>
  close(): Promise<void>
}

export interface WriterPorts {
  target: LogTarget
  clock: Clock
  /** Counts lines that are lost. */
  lost(lines: number): void
  report(error: Error): void
}

const mostLines = 10_000
const mostBytes = 32 << 20
const batchBytes = 1 << 20
const reportEveryMs = 30_000

export class AuditWriter {
  readonly #ports: WriterPorts
  #waiting: string[] = []
  #waitingBytes = 0
  #working: Promise<void> | undefined
  /** Since it was last told. */
  #lost = 0
  #told = Number.NEGATIVE_INFINITY

  constructor(ports: WriterPorts) {
    this.#ports = ports
  }

  /** Never throws and never waits. */
  write(line: string): void {
    if (this.#waiting.length >= mostLines || this.#waitingBytes + line.length > mostBytes) {
      this.#lose(1, new Error('it is not written as fast as events come'))
      return
    }
    this.#waiting.push(line)
    this.#waitingBytes += line.length
    this.#working ??= this.#work()
  }

  /** Resolves when all that was handed over is written or lost. */
  async close(): Promise<void> {
    await this.#working
    await this.#ports.target.close()
    if (this.#lost > 0) this.#tell('were lost')
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#batch()
      try {
        await this.#ports.target.append(Buffer.from(lines.join('')))
        if (this.#lost > 0) this.#tell('were lost; it is written again')
      } catch (error) {
        this.#lose(lines.length, error)
      }
    }
    this.#working = undefined
  }

  #batch(): string[] {
    let [count, bytes] = [0, 0]
    for (const { length } of this.#waiting) {
      if (count > 0 && bytes + length > batchBytes) break
      count++
      bytes += length
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  #lose(lines: number, error: unknown): void {
    const { clock, lost } = this.#ports
    lost(lines)
    this.#lost += lines
    if (clock.monotonic() - this.#told < reportEveryMs) return
    const why = error instanceof Error ? error.message : String(error)
    this.#tell(`were lost: ${why}`)
  }

  #tell(what: string): void {
    const { clock, target, report } = this.#ports
    report(new Error(`audit log ${target.name}: ${this.#lost} events ${what}`))
    this.#lost = 0
    this.#told = clock.monotonic()
  }
}
