/**
 * Who is asking: by a client certificate that our authority has signed, or by a bearer token. A proof that does not hold
 * is refused, never taken for an anonymous request.
 */

import type { TLSSocket } from 'node:tls'
import type { Clock } from '../../ports/clock.ts'
import { unauthorized } from '../http/status.ts'
import type { User } from '../registry/registry.ts'
import { bearerToken } from './bearer-token.ts'
import { clientCertificates } from './client-certificates.ts'
import { InvalidTokenError, type TokenAuthenticator } from './tokens/token-authenticator.ts'

export const anonymous: User = {
  name: 'system:anonymous',
  groups: ['system:unauthenticated'],
}

/** Of a request, what it may be known by. */
export interface Credentials {
  readonly socket: TLSSocket
  /** A header, by its lower-case name. */
  header(name: string): string | undefined
}

/** @throws StatusError 401 for a proof that does not hold. */
export type Authenticator = (credentials: Credentials) => User | Promise<User>

export interface AuthenticatorOptions {
  clock: Clock
  /** Without it every token is refused. */
  tokens?: TokenAuthenticator
  /** What tokens must be for. */
  audiences?: readonly string[]
  /** Requests without any proof are refused. */
  noAnonymous?: boolean
}

/** A certificate that holds is enough; a token is asked for where there is none, or none that holds. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { clock, tokens = () => undefined, audiences = [], noAnonymous = false } = options
  const certificates = clientCertificates(clock)
  return (credentials) => {
    const proof = certificates(credentials.socket)
    if (typeof proof === 'object') return proof
    const token = bearerToken(credentials)
    if (token === undefined) {
      if (proof === 'invalid' || noAnonymous) throw unauthorized()
      return anonymous
    }
    try {
      const holder = tokens(token, audiences)
      if (!(holder instanceof Promise)) return userOr401(holder)
      return holder.then(userOr401, refuseInvalid)
    } catch (error) {
      return refuseInvalid(error)
    }
  }
}

function userOr401(holder: { user: User } | undefined): User {
  if (!holder) throw unauthorized()
  return holder.user
}

function refuseInvalid(error: unknown): never {
  throw error instanceof InvalidTokenError ? unauthorized() : error
}
