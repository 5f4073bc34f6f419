/** `npm run bench`: hands over to `bench/`, in a process of its own that a signal reaches as well. */

import { join } from 'node:path'
import { runInherited } from './command.ts'
import type { Context } from './context.ts'

/** @param args names of benchmarks, and options: see `--help`. */
export function runBench(context: Context, args: string[]): Promise<number> {
  const program = join(context.root, 'bench', 'run.ts')
  return runInherited(context.node, [program, ...args], { env: context.env })
}
