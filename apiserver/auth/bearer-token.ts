/**
 * The token that a request carries: in its `Authorization` header or, where a browser lets a client set no headers, in a
 * subprotocol of the websocket that it asks for. Other schemes are refused, not ignored.
 */

import { unauthorized } from '../http/status.ts'

const protocolPrefix = 'base64url.bearer.authorization.k8s.io.'

/** @throws StatusError 401 for what is there and is no token */
export function bearerToken(request: {
  header(name: string): string | undefined
}): string | undefined {
  const authorization = request.header('authorization')
  if (authorization !== undefined) {
    const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? []
    if (token === undefined) throw unauthorized()
    return token
  }
  const protocols = request.header('sec-websocket-protocol')
  return protocols?.includes(protocolPrefix) ? tokenOfProtocols(protocols) : undefined
}

/** The subprotocols that a websocket asks for, without the token: for whoever else is asked to speak one of them. */
export function protocolsWithoutToken(header: string): string[] {
  return listed(header).filter(
    (protocol) => protocol !== '' && !protocol.startsWith(protocolPrefix),
  )
}

const listed = (header: string) => header.split(',').map((protocol) => protocol.trim())

/** One of the protocols is the token, another must be what is spoken. */
function tokenOfProtocols(header: string): string {
  const protocols = listed(header)
  const tokens = protocols.filter((protocol) => protocol.startsWith(protocolPrefix))
  const encoded = tokens[0]?.slice(protocolPrefix.length) ?? ''
  if (tokens.length !== 1 || protocols.length === 1 || !/^[A-Za-z0-9_-]+$/.test(encoded))
    throw unauthorized()
  const bytes = Buffer.from(encoded, 'base64url')
  const token = bytes.toString()
  // Not every sequence of bytes is text, and no token has spaces.
  if (!Buffer.from(token).equals(bytes) || /\s/.test(token)) throw unauthorized()
  return token
}
