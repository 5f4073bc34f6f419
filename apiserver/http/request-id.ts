/** What a request is called, in its answer, in records and in the audit log: whoever passes it on may have named it. */

import type { Random } from '../../ports/random.ts'
import type { Exchange } from './exchange.ts'

/** Longer names are nobody's to choose. */
const longest = 128

export function requestIdOf(exchange: Pick<Exchange, 'header'>, random: Random): string {
  const given = exchange.header('audit-id')
  return given && given.length <= longest ? given : random.uuid()
}
