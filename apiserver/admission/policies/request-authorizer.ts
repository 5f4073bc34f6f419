/**
 * What an expression asks of the authorizer, answered at once: an authorizer that has to wait interrupts the
 * expression, which is run again when the answer is there. The same question is asked once.
 */

import { parseFieldSelector, SelectorError } from '../../../api/selector.ts'
import { accountGroups, accountUser } from '../../../api/token-claims.ts'
import type { Attributes, Authorizer, Decision } from '../../auth/authorization.ts'
import type { Answer, Asked, Authorize } from '../../cel/library/authorizer.ts'
import type { User } from '../../registry/registry.ts'

/** Not an error of the expression: the answer is on its way. */
export class PendingAnswer {
  readonly answer: Promise<void>

  constructor(answer: Promise<void>) {
    this.answer = answer
  }
}

/** Of one request. */
export class RequestAuthorizer {
  readonly #ask: Authorizer | undefined
  readonly #user: User
  readonly #answers = new Map<string, Answer>()

  /** @param ask absent: nothing is allowed */
  constructor(ask: Authorizer | undefined, user: User) {
    this.#ask = ask
    this.#user = user
  }

  readonly authorize: Authorize = (asked) => {
    const question = JSON.stringify(asked)
    const known = this.#answers.get(question)
    if (known) return known
    const decision = this.#ask?.(attributesOf(asked, this.#user)) ?? { allowed: false }
    if (!(decision instanceof Promise)) return this.#answered(question, decision)
    throw new PendingAnswer(
      decision.then(
        (late) => void this.#answered(question, late),
        (error: unknown) =>
          void this.#answers.set(question, { allowed: false, error: String(error) }),
      ),
    )
  }

  #answered(question: string, decision: Decision): Answer {
    const answer = { allowed: decision.allowed, reason: decision.reason ?? '' }
    this.#answers.set(question, answer)
    return answer
  }
}

function attributesOf({ verb, about, serviceAccount }: Asked, own: User): Attributes {
  const user = serviceAccount
    ? {
        name: accountUser(serviceAccount.namespace, serviceAccount.name),
        groups: [...accountGroups(serviceAccount.namespace), 'system:authenticated'],
      }
    : own
  if ('path' in about) return { user, verb, path: about.path }
  const { group, resource, subresource, namespace, name, fieldSelector } = about
  const fields = fieldSelector === '' ? undefined : fieldsOf(fieldSelector)
  return { user, verb, group, resource, subresource, namespace, name, ...(fields && { fields }) }
}

/** A selector that cannot be read narrows nothing. */
function fieldsOf(text: string) {
  try {
    return parseFieldSelector(text)
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}
