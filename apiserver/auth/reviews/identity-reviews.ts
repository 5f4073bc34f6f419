/** Whose token is this, and who am I? */

import type { SelfSubjectReview, TokenReview } from '../../../api/types.ts'
import type { Clock } from '../../../ports/clock.ts'
import { time } from '../../../ports/clock.ts'
import { badRequest } from '../../http/status.ts'
import type { Action } from '../../registry/actions.ts'
import type { User } from '../../registry/registry.ts'
import { InvalidTokenError, type TokenAuthenticator } from '../tokens/token-authenticator.ts'
import { answered, readReview } from './review.ts'

const infoOf = ({ name, uid, groups, extra }: User) => ({
  username: name,
  ...(uid && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && Object.keys(extra).length > 0 && { extra }),
})

export function selfReview(clock: Clock): Action {
  return async (request) => {
    const review = (await readReview(request)) as unknown as SelfSubjectReview
    review.metadata = { ...review.metadata, creationTimestamp: time(clock.now()) as never }
    review.status = { userInfo: infoOf(request.context.user) }
    return answered(review as never)
  }
}

/** @param audiences of this server: what a token must be for when the review names none */
export function tokenReview(tokens: TokenAuthenticator, audiences: readonly string[]): Action {
  return async (request) => {
    const review = (await readReview(request)) as unknown as TokenReview
    const { token = '', audiences: asked = [] } = review.spec ?? {}
    if (token === '') throw badRequest('token is required for TokenReview in authentication')
    review.status = await statusOf(tokens, token, asked.length > 0 ? asked : audiences, audiences)
    return answered(review as never)
  }
}

async function statusOf(
  tokens: TokenAuthenticator,
  token: string,
  wanted: readonly string[],
  own: readonly string[],
): Promise<NonNullable<TokenReview['status']>> {
  try {
    const holder = await tokens(token, wanted)
    // Tokens that are for this server alone are for whoever this server is.
    const served = holder && (holder.audiences ?? wanted.filter((one) => own.includes(one)))
    if (!holder || !served || served.length === 0)
      return { user: {}, error: 'invalid bearer token' }
    return { authenticated: true, user: infoOf(holder.user), audiences: [...served] }
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error
    return { user: {}, error: `[invalid bearer token, ${error.message}]` }
  }
}
