/**
 * Checks service account tokens. A signature is checked once and remembered; that the account, and the pod, secret or node
 * that the token is bound to, are still there is looked at on every use, so that what is deleted is refused at once.
 */

import { hash } from 'node:crypto'
import type { KubernetesObject } from '../../../api/object.ts'
import {
  type BoundClaims,
  type Claims,
  legacyIssuer,
  type ObjectClaim,
} from '../../../api/token-claims.ts'
import type { VerificationKey } from '../../../api/token-keys.ts'
import type { Secret } from '../../../api/types.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { FollowPorts } from '../../registry/follow-changes.ts'
import type { Lister } from '../../registry/lister.ts'
import type { User } from '../../registry/registry.ts'
import { boundUser, legacyUser } from './account-user.ts'
import { LiveObjects } from './live-objects.ts'
import {
  InvalidTokenError,
  type TokenAuthenticator,
  type TokenHolder,
} from './token-authenticator.ts'

export interface AccountTokenPorts {
  /** The first issues; tokens of the others are still taken. */
  issuers: readonly string[]
  keys: readonly VerificationKey[]
  lister: Lister
  clock: Clock
}

/** Tokens whose signature is remembered. */
const mostRemembered = 4096

/** Seconds by which clocks may differ. */
const leeway = 60

interface Verified {
  claims: Claims
  user: User
}

export class AccountTokens {
  readonly #ports: AccountTokenPorts
  readonly #verified = new Map<string, Verified>()
  readonly #accounts: LiveObjects
  readonly #pods: LiveObjects

  constructor(ports: AccountTokenPorts) {
    this.#ports = ports
    this.#accounts = new LiveObjects('serviceaccounts')
    this.#pods = new LiveObjects('pods')
  }

  /** @returns ends it */
  follow(ports: FollowPorts): () => void {
    const ends = [this.#accounts.follow(ports), this.#pods.follow(ports)]
    return () => {
      for (const end of ends) end()
    }
  }

  readonly authenticate: TokenAuthenticator = (token, audiences) => {
    const known = this.#verified.get(hash('sha256', token, 'base64'))
    if (known) return this.#check(token, known, audiences)
    const claims = unverifiedClaims(token)
    if (!claims || !this.#isOurs(claims)) return undefined
    return this.#verify(token).then((verified) => this.#check(token, verified, audiences))
  }

  #isOurs({ iss }: Claims): boolean {
    return this.#ports.issuers.includes(iss) || iss === legacyIssuer
  }

  /** @throws InvalidTokenError */
  async #verify(token: string): Promise<Verified> {
    const claims = await verifiedClaims(token, this.#ports.keys)
    const bound = claims['kubernetes.io']
    const user =
      claims.iss === legacyIssuer ? legacyUser(claims) : isBound(bound) && boundUser(claims, bound)
    if (!user) throw new InvalidTokenError('the token does not say which service account it is for')
    const verified = { claims, user }
    if (this.#verified.size >= mostRemembered) {
      const [oldest] = this.#verified.keys()
      if (oldest !== undefined) this.#verified.delete(oldest)
    }
    this.#verified.set(hash('sha256', token, 'base64'), verified)
    return verified
  }

  /** All that can change while a token is about. Synchronous where the caches know everything. */
  #check(
    token: string,
    { claims, user }: Verified,
    audiences: readonly string[],
  ): TokenHolder | Promise<TokenHolder> {
    if (claims.iss === legacyIssuer) return this.#checkLegacy(token, claims, user)
    const holder = { user, audiences: audiencesOf(claims, audiences) }
    this.#checkTimes(claims)
    const bound = claims['kubernetes.io']!
    const { namespace, serviceaccount, pod, secret, node } = bound
    const rest = () => {
      if (pod) return this.#present(this.#pods, 'pod', namespace, pod)
      if (secret) return this.#presentInStore('secrets', 'secret', namespace, secret)
      // A pod's node is told of for information; a token for a node ends with it.
      if (node) return this.#presentInStore('nodes', 'node', '', node)
      return undefined
    }
    const account = this.#present(this.#accounts, 'service account', namespace, serviceaccount)
    const pending = account ? account.then(rest) : rest()
    return pending ? pending.then(() => holder) : holder
  }

  #checkTimes({ exp, nbf }: Claims): void {
    const now = this.#ports.clock.now() / 1000
    if (exp === undefined || now > exp + leeway)
      throw new InvalidTokenError('service account token has expired')
    if (nbf !== undefined && now < nbf - leeway)
      throw new InvalidTokenError('service account token is not valid yet')
  }

  /** What the cache does not know may be newer than it: the store is asked. */
  #present(
    objects: LiveObjects,
    what: string,
    namespace: string,
    claim: ObjectClaim,
  ): Promise<void> | undefined {
    const found = objects.get(namespace, claim.name)
    if (!found) return this.#presentInStore(objects.kind, what, namespace, claim)
    this.#sameAndAlive(what, claim, found.uid, found.deletionTimestamp)
    return undefined
  }

  async #presentInStore(
    kind: string,
    what: string,
    namespace: string,
    claim: ObjectClaim,
  ): Promise<void> {
    const found = await this.#ports.lister.live<KubernetesObject>(kind, namespace, claim.name)
    if (!found) throw new InvalidTokenError('service account token has been invalidated')
    const { uid, deletionTimestamp } = found.metadata
    this.#sameAndAlive(what, claim, uid, deletionTimestamp)
  }

  #sameAndAlive(
    what: string,
    claim: ObjectClaim,
    uid: string | undefined,
    deletionTimestamp: string | undefined,
  ): void {
    if (uid !== claim.uid)
      throw new InvalidTokenError(`${what} UID (${uid}) does not match claim (${claim.uid})`)
    if (
      deletionTimestamp &&
      Date.parse(deletionTimestamp) < this.#ports.clock.now() - leeway * 1000
    )
      throw new InvalidTokenError('service account token has been invalidated')
  }

  /** Good as long as its Secret holds it. */
  async #checkLegacy(token: string, claims: Claims, user: User): Promise<TokenHolder> {
    const namespace = claims['kubernetes.io/serviceaccount/namespace'] ?? ''
    const name = claims['kubernetes.io/serviceaccount/secret.name'] ?? ''
    const secret = await this.#ports.lister.live<Secret>('secrets', namespace, name)
    const kept = Buffer.from(secret?.data?.token ?? '', 'base64').toString()
    if (kept !== token || secret?.metadata.deletionTimestamp)
      throw new InvalidTokenError("token does not match server's copy")
    if (secret?.metadata.labels?.[invalidSince])
      throw new InvalidTokenError(
        `the token in secret ${namespace}/${name} has been marked invalid: take the label ${invalidSince} from it to use it for a while`,
      )
    const account = {
      name: claims['kubernetes.io/serviceaccount/service-account.name'] ?? '',
      uid: user.uid,
    }
    await this.#present(this.#accounts, 'service account', namespace, account)
    return { user }
  }
}

/** Cleaners put it on Secrets whose tokens nobody has used for long. */
const invalidSince = 'kubernetes.io/legacy-token-invalid-since'

const isBound = (bound: BoundClaims | undefined): bound is BoundClaims =>
  Boolean(bound?.namespace && bound.serviceaccount?.name && bound.serviceaccount.uid)

/** @throws InvalidTokenError where it is for none of them */
function audiencesOf({ aud = [] }: Claims, wanted: readonly string[]): string[] {
  const own = Array.isArray(aud) ? aud : [aud]
  const both = wanted.filter((audience) => own.includes(audience))
  if (both.length === 0)
    throw new InvalidTokenError(
      `token audiences ${JSON.stringify(own)} is invalid for the target audiences ${JSON.stringify(wanted)}`,
    )
  return both
}

/** Only to see whose it claims to be. */
function unverifiedClaims(token: string): Claims | undefined {
  const [, payload = '', ...rest] = token.split('.')
  return rest.length === 1 ? parseClaims(Buffer.from(payload, 'base64url')) : undefined
}

function parseClaims(bytes: Uint8Array): Claims | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString())
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    return isObject ? (parsed as Claims) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** @throws InvalidTokenError where none of the keys has signed it */
async function verifiedClaims(token: string, keys: readonly VerificationKey[]): Promise<Claims> {
  const { compactVerify, errors } = await import('jose')
  const kid = keyIdOf(token)
  const candidates = kid === '' ? keys : keys.filter(({ id }) => id === kid)
  for (const { key, algorithm } of candidates)
    try {
      const { payload } = await compactVerify(token, key, { algorithms: [algorithm] })
      const claims = parseClaims(payload)
      if (claims) return claims
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
    }
  throw new InvalidTokenError('the token is signed by none of the known keys')
}

function keyIdOf(token: string): string {
  const header = parseClaims(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url'))
  const { kid } = (header ?? {}) as { kid?: unknown }
  return typeof kid === 'string' ? kid : ''
}
