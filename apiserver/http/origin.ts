/** Browsers send a client's certificate with requests of any page: a page of another site must not use it. */

import type { IncomingHttpHeaders } from 'node:http'
import { StatusError } from './status.ts'

/** @throws StatusError 403 for a connection that a page of another site opens */
export function checkOrigin({ origin, host }: IncomingHttpHeaders): void {
  if (!origin) return
  const from = URL.canParse(origin) ? new URL(origin).host : ''
  const local = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/
  if (from === host || local.test(from)) return
  throw new StatusError(403, 'Forbidden', `requests from ${origin} are not accepted`)
}
