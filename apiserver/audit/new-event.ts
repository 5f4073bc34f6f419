/** An event as far as it is known when a request comes: who asks, from where, for what. */

import type { TLSSocket } from 'node:tls'
import type { Exchange } from '../http/exchange.ts'
import type { RequestInfo } from '../http/request-info.ts'
import type { AuditEvent, ObjectReference } from './event.ts'
import { sourceAddresses } from './source-addresses.ts'

const longestUserAgent = 1024

export function newEvent(
  exchange: Exchange,
  info: RequestInfo,
  more: Pick<AuditEvent, 'level' | 'auditID' | 'user' | 'received' | 'annotations'> & {
    /** Of the one object that a collection is narrowed to. */
    name: string
  },
): AuditEvent {
  const { name, ...known } = more
  const agent = exchange.header('user-agent') ?? ''
  return {
    ...known,
    requestURI: exchange.url,
    verb: info.verb,
    sourceIPs: sourceAddresses(exchange),
    userAgent:
      agent.length > longestUserAgent ? `${agent.slice(0, longestUserAgent)}...TRUNCATED` : agent,
    ...(info.type === 'resource' && { objectRef: referenceOf(info, name) }),
  }
}

const referenceOf = (
  info: Extract<RequestInfo, { type: 'resource' }>,
  name: string,
): ObjectReference => ({
  resource: info.plural,
  namespace: info.namespace,
  name,
  apiGroup: info.group,
  apiVersion: info.version,
  subresource: info.subresource,
})

/** What the request itself says of its object, where the URL does not. */
export function refer(reference: ObjectReference, object: object): void {
  const { metadata } = object as { metadata?: Record<string, unknown> }
  if (!metadata) return
  for (const field of ['namespace', 'name', 'uid', 'resourceVersion'] as const) {
    const value = metadata[field]
    if (!reference[field] && typeof value === 'string') reference[field] = value
  }
}

/** By what somebody tried to be known, in vain. */
export function failedProof(exchange: Exchange): string {
  const shown = (exchange.socket as TLSSocket).getPeerX509Certificate?.() !== undefined
  const [, scheme] = /^(basic|bearer) /i.exec(exchange.header('authorization') ?? '') ?? []
  const tried = [...(scheme ? [scheme.toLowerCase()] : []), ...(shown ? ['x509'] : [])]
  return tried.length === 0
    ? 'Authentication failed, no credentials provided'
    : `Authentication failed, attempted: ${tried.join(', ')}`
}
