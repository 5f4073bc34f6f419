/** Prints what is being done as ticked lines with seconds each; several may be under way at once. */

import type { Context } from './context.ts'

export interface Steps {
  /** Prints `✓ title (1.2 s)` when `task` is done, `✗` when it rejects (and rethrows). */
  step<T>(title: string, task: () => Promise<T>): Promise<T>
  /** One plain line. */
  note(line: string): void
}

export function ticked({ out, clock }: Pick<Context, 'out' | 'clock'>): Steps {
  return {
    async step(title, task) {
      const start = clock.monotonic()
      const line = (mark: string) =>
        out.write(`  ${mark} ${title} (${((clock.monotonic() - start) / 1000).toFixed(1)} s)\n`)
      try {
        const result = await task()
        line('✓')
        return result
      } catch (error) {
        line('✗')
        throw error
      }
    },
    note: (line) => void out.write(`${line}\n`),
  }
}
