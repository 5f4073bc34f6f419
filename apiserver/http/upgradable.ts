/** Which requests for an upgrade are taken as such; all others are answered as if it had not been asked for. */

import type { IncomingMessage } from 'node:http'
import type { HandlerPorts } from './handler.ts'
import { requestInfo } from './request-info.ts'
import { asksForWebSocket } from './web-socket.ts'

/** A request that may become a stream of its own. */
export function isUpgradable(
  { handlers, aggregation }: Pick<HandlerPorts, 'handlers' | 'aggregation'>,
  { url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
): boolean {
  try {
    const info = requestInfo('GET', url)
    if (aggregation?.find(info)) return true
    if (info.type === 'path') return false
    if (info.verb === 'watch') return asksForWebSocket(headers)
    const handler = handlers.get(`${info.plural}/${info.subresource}`)
    if (!handler?.upgrade) return false
    return handler.webSocketOnly !== true || asksForWebSocket(headers)
  } catch {
    // Answered as an ordinary request, which says what is wrong with it.
    return false
  }
}
