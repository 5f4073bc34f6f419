/** Hands over to a program of another room (`npm run bench`, `npm run build`): a process of its own that signals reach. */

import { join } from 'node:path'
import { runInherited } from './command.ts'
import type { Context } from './context.ts'

/** @param path from the checkout's root. @returns its exit code */
export function runProgram(context: Context, path: string, args: string[] = []): Promise<number> {
  return runInherited(context.node, [join(context.root, path), ...args], {
    env: context.env,
    signal: context.signal,
  })
}
