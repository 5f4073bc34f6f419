/** What a service account token says, and how its subject is named. */

export interface ObjectClaim {
  name: string
  uid?: string
}

/** Under the claim `kubernetes.io`. */
export interface BoundClaims {
  namespace: string
  serviceaccount: Required<ObjectClaim>
  pod?: ObjectClaim
  secret?: ObjectClaim
  node?: ObjectClaim
  /** Seconds since the epoch; set where the token lives longer than it was asked to. */
  warnafter?: number
}

export interface Claims {
  iss: string
  sub: string
  aud?: string | string[]
  exp?: number
  nbf?: number
  iat?: number
  jti?: string
  'kubernetes.io'?: BoundClaims
  /** Those of tokens that are kept in Secrets. */
  'kubernetes.io/serviceaccount/namespace'?: string
  'kubernetes.io/serviceaccount/secret.name'?: string
  'kubernetes.io/serviceaccount/service-account.name'?: string
  'kubernetes.io/serviceaccount/service-account.uid'?: string
}

/** Who issues the tokens that are kept in Secrets. */
export const legacyIssuer = 'kubernetes/serviceaccount'

const prefix = 'system:serviceaccount:'

export const accountUser = (namespace: string, name: string): string =>
  `${prefix}${namespace}:${name}`

export const accountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
]

/** The account that a user's name speaks of. */
export function accountOf(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(prefix)) return undefined
  const [namespace, name, ...rest] = user.slice(prefix.length).split(':')
  return namespace && name && rest.length === 0 ? { namespace, name } : undefined
}
