/** Other instances on this machine, known by the lock that every supervisor holds. */

import { readFileSync } from 'node:fs'
import type { Location } from './settings.ts'

/** Their run directories. Kernel settings all instances need are not put back while one is left. */
export function otherInstances({ runDir }: Pick<Location, 'runDir'>): string[] {
  const locks = readFileSync('/proc/net/unix', 'utf8').matchAll(/@tiphys-supervisor (\S+)/g)
  return [...locks].map((match) => match[1] ?? '').filter((directory) => directory !== runDir)
}
