/** Whether the match conditions of a webhook or a policy hold: one that does not decides, before any that failed. */

import type { Authorizer } from '../../auth/authorization.ts'
import { matchConditionsBudget } from '../../cel/cost.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { Form } from '../form.ts'
import { compileConditions, type MatchCondition } from './compiled-policy.ts'
import { Evaluation, EvaluationError, OutOfBudgetError } from './evaluation.ts'
import type { Compiled } from './expression.ts'
import { RequestAuthorizer } from './request-authorizer.ts'

/** @throws EvaluationError where some could not be evaluated and no other one decides */
export async function allHold(
  conditions: readonly Compiled[],
  evaluation: Evaluation,
): Promise<boolean> {
  const problems: string[] = []
  for (const condition of conditions)
    try {
      if ((await evaluation.evaluate(condition)) !== true) return false
    } catch (error) {
      if (!(error instanceof EvaluationError) || error instanceof OutOfBudgetError) throw error
      problems.push(error.message)
    }
  if (problems.length === 0) return true
  throw new EvaluationError(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`)
}

/** As long as somebody keeps the conditions: they are compiled once. */
const compiled = new WeakMap<readonly MatchCondition[], Compiled[]>()

/** For webhooks. @throws EvaluationError */
export function webhookConditions(authorize: Authorizer | undefined) {
  return (
    conditions: readonly MatchCondition[],
    request: AdmissionRequest,
    form: Form,
  ): Promise<boolean> => {
    let programs = compiled.get(conditions)
    if (!programs) {
      programs = compileConditions(conditions, {})
      compiled.set(conditions, programs)
    }
    const authorizer = new RequestAuthorizer(authorize, request.user)
    const input = { request, form, namespace: undefined, authorizer, variables: undefined }
    return allHold(programs, new Evaluation(input, matchConditionsBudget))
  }
}
