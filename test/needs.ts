/** A test that cannot run here says why: the reason becomes part of its title, which the summary prints. */

import { accessSync, constants } from 'node:fs'

/** Skips the calling test, or from a `before` hook the whole suite, unless `condition` holds. */
export function need(context: Mocha.Context, condition: boolean, reason: string): void {
  if (condition) return
  const test = context.test
  const titled = test && 'type' in test && test.type === 'hook' ? test.parent : test
  if (titled) titled.title = `${titled.title} (skipped: ${reason})`
  context.skip()
}

export const isRoot = (): boolean => process.geteuid?.() === 0

/** Whether a program is on the administrator's path. */
export function hasProgram(name: string): boolean {
  return ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some(
    (directory) => {
      try {
        accessSync(`${directory}/${name}`, constants.X_OK)
        return true
      } catch {
        // Not in this one.
        return false
      }
    },
  )
}
