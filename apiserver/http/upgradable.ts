/** Which requests for an upgrade are taken as such; all others are answered as if it had not been asked for. */

import type { HandlerPorts } from './handler.ts'
import { requestInfo } from './request-info.ts'

/** A URL that may become a stream of its own. */
export function isUpgradable(
  { handlers, aggregation }: Pick<HandlerPorts, 'handlers' | 'aggregation'>,
  url: string,
): boolean {
  try {
    const info = requestInfo('GET', url)
    if (aggregation?.find(info)) return true
    if (info.type === 'path') return false
    if (info.verb === 'watch') return true
    return handlers.get(`${info.plural}/${info.subresource}`)?.upgrade !== undefined
  } catch {
    // Answered as an ordinary request, which says what is wrong with it.
    return false
  }
}
