/**
 * Where a benchmark works: a directory of its own on a real disk, and a list of everything it has started, which is ended
 * in reverse order whatever happens. It measures nothing.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../ports/clock.ts'

export interface LabOptions {
  clock: Clock
  /** Hears what is going on. */
  progress(line: string): void
  /** `smoke`: tiny counts, only to see that it runs; its numbers mean nothing. */
  effort?: 'full' | 'smoke'
  /** Servers write a CPU profile here when they end. */
  profiles?: string
}

export class Lab {
  readonly clock: Clock
  readonly effort: 'full' | 'smoke'
  readonly profiles: string | undefined
  readonly directory: string
  readonly #progress: (line: string) => void
  readonly #ends: (() => Promise<unknown>)[] = []

  private constructor(directory: string, options: LabOptions) {
    this.directory = directory
    this.clock = options.clock
    this.effort = options.effort ?? 'full'
    this.profiles = options.profiles
    this.#progress = options.progress
  }

  /** In `/var/tmp`, which is a disk where `/tmp` may be memory: what is durable must cost what it costs. */
  static async open(options: LabOptions): Promise<Lab> {
    return new Lab(await mkdtemp('/var/tmp/tiphys-bench-'), options)
  }

  path(...names: string[]): string {
    return join(this.directory, ...names)
  }

  /** The first in earnest, the second when only trying. */
  amount(full: number, smoke: number): number {
    return this.effort === 'full' ? full : smoke
  }

  progress(line: string): void {
    this.#progress(line)
  }

  /** Ends it with the lab, unless it has been ended before. */
  use<T extends { stop(): Promise<unknown> }>(thing: T): T {
    this.#ends.push(() => thing.stop())
    return thing
  }

  /** Ends all that was started, the last one first, and removes the directory. Rejects when something resisted. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const end of this.#ends.splice(0).reverse())
      await end().catch((error: unknown) => failures.push(error))
    await rm(this.directory, { recursive: true, force: true })
    if (failures.length > 0) throw new AggregateError(failures, 'a benchmark left something behind')
  }
}
