/**
 * Who a bearer token stands for: asked of every kind of token in turn. A kind that does not know a token says nothing; one
 * that knows it and finds it wrong says why, which only reviews tell anybody.
 */

import type { User } from '../../registry/registry.ts'

export interface TokenHolder {
  user: User
  /** Those of the wanted audiences that it is for; absent where tokens of its kind are for this server alone. */
  audiences?: readonly string[]
}

export class InvalidTokenError extends Error {
  override name = 'InvalidTokenError'
}

/** @param audiences it must be for one of them. @throws InvalidTokenError */
export type TokenAuthenticator = (
  token: string,
  audiences: readonly string[],
) => TokenHolder | undefined | Promise<TokenHolder | undefined>

/** Longer ones are nobody's: no token that this server gives comes near. */
const longestToken = 16 * 1024

/** The first that knows the token; reasons are told together where none takes it. */
export function anyOf(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return (token, audiences) => {
    if (token.length > longestToken) throw new InvalidTokenError('the token is too long')
    return ask(authenticators, 0, token, audiences, [])
  }
}

function ask(
  authenticators: readonly TokenAuthenticator[],
  from: number,
  token: string,
  audiences: readonly string[],
  reasons: string[],
): ReturnType<TokenAuthenticator> {
  for (let at = from; at < authenticators.length; at++) {
    const next = () => ask(authenticators, at + 1, token, audiences, reasons)
    try {
      const found = authenticators[at]!(token, audiences)
      if (found instanceof Promise)
        return found.then(
          (holder) => holder ?? next(),
          (error: unknown) => {
            note(reasons, error)
            return next()
          },
        )
      if (found) return found
    } catch (error) {
      note(reasons, error)
    }
  }
  if (reasons.length > 0) throw new InvalidTokenError(reasons.join(', '))
  return undefined
}

function note(reasons: string[], error: unknown): void {
  if (!(error instanceof InvalidTokenError)) throw error
  reasons.push(error.message)
}
