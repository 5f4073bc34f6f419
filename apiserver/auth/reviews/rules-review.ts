/** All that the one who asks may do in a namespace, as far as rules can be listed. */

import type { SelfSubjectRulesReview } from '../../../api/types.ts'
import { badRequest } from '../../http/status.ts'
import type { Action } from '../../registry/actions.ts'
import type { User } from '../../registry/registry.ts'
import type { PolicyRule } from '../rbac/policy-rule.ts'
import { answered, readReview } from './review.ts'

export interface ListedRules {
  rules: readonly PolicyRule[]
  /** Why there may be more, or fewer: the list is then said to be incomplete. */
  problems: readonly string[]
  incomplete: boolean
}

export type RuleLister = (user: User, namespace: string) => ListedRules

export function rulesReview(listRules: RuleLister): Action {
  return async (request) => {
    const review = (await readReview(request)) as unknown as SelfSubjectRulesReview
    const namespace = review.spec?.namespace ?? ''
    if (namespace === '') throw badRequest('no namespace on request')
    const { rules, problems, incomplete } = listRules(request.context.user, namespace)
    review.spec = {}
    review.status = {
      resourceRules: rules.filter(({ resources = [] }) => resources.length > 0).map(resourceRule),
      nonResourceRules: rules
        .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
        .map(({ verbs, nonResourceURLs = [] }) => ({
          verbs: [...verbs],
          nonResourceURLs: [...nonResourceURLs],
        })),
      incomplete,
      ...(problems.length > 0 && { evaluationError: problems.join(', ') }),
    }
    return answered(review as never)
  }
}

function resourceRule({ verbs, apiGroups = [], resources = [], resourceNames }: PolicyRule) {
  return {
    verbs: [...verbs],
    apiGroups: [...apiGroups],
    resources: [...resources],
    ...(resourceNames && resourceNames.length > 0 && { resourceNames: [...resourceNames] }),
  }
}
