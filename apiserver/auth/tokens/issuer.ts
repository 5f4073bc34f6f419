/**
 * Makes service account tokens. It signs what it is told: whether somebody may have the token has been decided before.
 * It does so at once, without the machine's threads: in a World nothing happens that is not waited for.
 */

import { createSign } from 'node:crypto'
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
      const now = Math.floor(clock.now() / 1000)
      const { namespace, serviceaccount } = claims
      return signed(key, {
        aud: [...audiences],
        exp: now + expirationSeconds,
        iat: now,
        iss: issuer,
        jti: random.uuid(),
        'kubernetes.io': claims,
        nbf: now,
        sub: accountUser(namespace, serviceaccount.name),
      })
    },
  }
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** In the compact form of RFC 7515; the names of its algorithms (RFC 7518) end with the bits of their digest. */
function signed({ id, algorithm, privateKey }: SigningKey, claims: object): string {
  const text = `${encoded({ alg: algorithm, kid: id })}.${encoded(claims)}`
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  const signature = createSign(`sha${algorithm.slice(-3)}`)
    .update(text)
    .sign(key)
  return `${text}.${signature.toString('base64url')}`
}
