/** Makes service account tokens. It signs what it is told: whether somebody may have the token has been decided before. */

import { accountUser, type BoundClaims } from '../../../api/token-claims.ts'
import type { SigningKey } from '../../../api/token-keys.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Random } from '../../../ports/random.ts'

export interface TokenWish {
  claims: BoundClaims
  audiences: readonly string[]
  expirationSeconds: number
}

export interface TokenIssuer {
  readonly issuer: string
  issue(wish: TokenWish): Promise<string>
}

export interface IssuerPorts {
  issuer: string
  key: SigningKey
  clock: Clock
  random: Random
}

export function tokenIssuer({ issuer, key, clock, random }: IssuerPorts): TokenIssuer {
  return {
    issuer,
    async issue({ claims, audiences, expirationSeconds }) {
      // Loaded by the first token: the server is ready before anybody asks for one.
      const { SignJWT } = await import('jose')
      const now = Math.floor(clock.now() / 1000)
      const { namespace, serviceaccount } = claims
      return new SignJWT({
        aud: [...audiences],
        exp: now + expirationSeconds,
        iat: now,
        iss: issuer,
        jti: random.uuid(),
        'kubernetes.io': claims,
        nbf: now,
        sub: accountUser(namespace, serviceaccount.name),
      })
        .setProtectedHeader({ alg: key.algorithm, kid: key.id })
        .sign(key.privateKey)
    },
  }
}
