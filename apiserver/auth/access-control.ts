/**
 * Who may come in and what they may do, put together: the authenticators, the authorizers, the reviews that ask them, and
 * the check that nobody grants more than they hold.
 */

import { freshSigningKey, type SigningKey, type VerificationKey } from '../../api/token-keys.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { AdmissionPlugin } from '../admission/admission.ts'
import type { Actions } from '../registry/actions.ts'
import type { Lister } from '../registry/lister.ts'
import { type Authenticator, createAuthenticator } from './authentication.ts'
import {
  type Authorizer,
  alwaysAllow,
  firstThatAllows,
  mastersAuthorizer,
  refusingOnlyWhenFresh,
} from './authorization.ts'
import { nodeAuthorizer, nodeOf } from './node/node-authorizer.ts'
import { NodeGraph } from './node/node-graph.ts'
import { escalationCheck } from './rbac/escalation.ts'
import { RbacAuthorizer } from './rbac/rbac-authorizer.ts'
import { RoleIndex } from './rbac/role-index.ts'
import { accessReviews } from './reviews/access-reviews.ts'
import { selfReview, tokenReview } from './reviews/identity-reviews.ts'
import { type RuleLister, rulesReview } from './reviews/rules-review.ts'
import { tokenRequests } from './reviews/token-request.ts'
import { AccountTokens } from './tokens/account-tokens.ts'
import { bootstrapTokens } from './tokens/bootstrap-tokens.ts'
import { tokenIssuer } from './tokens/issuer.ts'
import { type OpenIdDocuments, openIdDocuments } from './tokens/openid.ts'
import { anyOf, type TokenAuthenticator } from './tokens/token-authenticator.ts'

export type AuthorizationMode = 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny'

export interface AccessOptions {
  /** Asked in this order; `Node`, `RBAC` unless told. Members of `system:masters` may do everything in all of them. */
  authorizationModes?: readonly AuthorizationMode[]
  /** The first issues tokens, those of the others are taken as well. */
  serviceAccountIssuers?: readonly string[]
  /** A key of its own, for as long as it runs, unless told. */
  signingKey?: SigningKey
  /** Besides the signing key's own. */
  verificationKeys?: readonly VerificationKey[]
  /** What tokens are for when nobody says; the issuers unless told. */
  apiAudiences?: readonly string[]
  /** Besides service account tokens. */
  staticTokens?: TokenAuthenticator
  enableBootstrapTokens?: boolean
  /** True unless told. */
  extendTokenExpiration?: boolean
  noAnonymous?: boolean
}

export interface AccessPorts {
  lister: Lister
  clock: Clock
  random: Random
  /** Resolves when the lister knows every write that anybody was told of. */
  fresh(): Promise<void>
  report(error: unknown): void
}

export const defaultIssuer = 'https://kubernetes.default.svc.cluster.local'

export class AccessControl {
  readonly authenticate: Authenticator
  readonly authorize: Authorizer
  readonly actions: Actions
  readonly openId: OpenIdDocuments
  /** For the end of admission. */
  readonly escalationCheck: AdmissionPlugin
  readonly #index = new RoleIndex()
  readonly #graph: NodeGraph
  readonly #accountTokens: AccountTokens
  readonly #ports: AccessPorts

  constructor(options: AccessOptions, ports: AccessPorts) {
    const { lister, clock, random, fresh } = ports
    const issuers = options.serviceAccountIssuers ?? [defaultIssuer]
    const audiences = options.apiAudiences ?? issuers
    const key = options.signingKey ?? freshSigningKey()
    const keys = distinct([key, ...(options.verificationKeys ?? [])])
    this.#ports = ports
    this.#graph = new NodeGraph(lister)
    this.#accountTokens = new AccountTokens({ issuers, keys, lister, clock })
    this.openId = openIdDocuments(issuers[0] ?? defaultIssuer, keys)

    const tokens = anyOf([
      ...(options.staticTokens ? [options.staticTokens] : []),
      this.#accountTokens.authenticate,
      ...(options.enableBootstrapTokens ? [bootstrapTokens(lister, clock)] : []),
    ])
    const { noAnonymous } = options
    this.authenticate = createAuthenticator({ clock, tokens, audiences, noAnonymous })

    const rbac = new RbacAuthorizer(this.#index)
    const modes = options.authorizationModes ?? ['Node', 'RBAC']
    const authorizers = modes.map((mode) => authorizerOf(mode, this.#graph, rbac))
    this.authorize = refusingOnlyWhenFresh(
      firstThatAllows([mastersAuthorizer, ...authorizers]),
      fresh,
    )
    this.escalationCheck = escalationCheck({ rbac, authorize: this.authorize, fresh })
    const issuer = tokenIssuer({ issuer: issuers[0] ?? defaultIssuer, key, clock, random })
    const extendExpiration = options.extendTokenExpiration ?? true
    this.actions = new Map([
      ...accessReviews(this.authorize),
      ['selfsubjectrulesreviews.authorization.k8s.io', rulesReview(ruleLister(modes, rbac))],
      ['selfsubjectreviews.authentication.k8s.io', selfReview(clock)],
      ['tokenreviews.authentication.k8s.io', tokenReview(tokens, audiences)],
      [
        'serviceaccounts/token',
        tokenRequests({ issuer, audiences, lister, clock, extendExpiration }),
      ],
    ])
  }

  /** Begins to follow what decisions are made by. @returns ends it */
  follow(): () => void {
    const ends = [
      this.#index.follow(this.#ports),
      this.#graph.follow(this.#ports),
      this.#accountTokens.follow(this.#ports),
    ]
    return () => {
      for (const end of ends) end()
    }
  }
}

const distinct = (keys: readonly VerificationKey[]): VerificationKey[] => [
  ...new Map(keys.map((key) => [key.id, key])).values(),
]

function authorizerOf(mode: AuthorizationMode, graph: NodeGraph, rbac: RbacAuthorizer): Authorizer {
  switch (mode) {
    case 'Node':
      return nodeAuthorizer(graph)
    case 'RBAC':
      return (attributes) => rbac.authorize(attributes)
    case 'AlwaysAllow':
      return alwaysAllow
    case 'AlwaysDeny':
      return () => ({ allowed: false, reason: 'Everything is forbidden.' })
    default:
      return mode satisfies never
  }
}

const everything = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

function ruleLister(modes: readonly AuthorizationMode[], rbac: RbacAuthorizer): RuleLister {
  return (user, namespace) => {
    const { rules, missing } = modes.includes('RBAC')
      ? rbac.rulesFor(user, namespace)
      : { rules: [], missing: [] }
    const isNode = modes.includes('Node') && nodeOf(user) !== undefined
    return {
      rules: modes.includes('AlwaysAllow') ? [...rules, ...everything] : rules,
      problems: [
        ...missing,
        ...(isNode ? ['node authorizer does not support user rule resolution'] : []),
      ],
      incomplete: isNode,
    }
  }
}
