/** One rule of a role: verbs on resources, or on paths, never both. */

import type { PolicyRule } from '../../../api/types.ts'
import { type FieldErrors, invalid, required } from '../field-errors.ts'

export function* validatePolicyRules(
  rules: PolicyRule[] | undefined,
  { namespaced }: { namespaced: boolean },
): FieldErrors {
  for (const [index, rule] of (rules ?? []).entries())
    yield* validatePolicyRule(rule, namespaced, `rules[${index}]`)
}

function* validatePolicyRule(rule: PolicyRule, namespaced: boolean, field: string): FieldErrors {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [] } = rule
  if (verbs.length === 0) yield required(`${field}.verbs`, 'verbs must contain at least one value')
  const urls = rule.nonResourceURLs ?? []
  if (urls.length > 0) {
    const own = `${field}.nonResourceURLs`
    if (namespaced) yield invalid(own, urls, 'namespaced rules cannot apply to non-resource URLs')
    if (apiGroups.length + resources.length + resourceNames.length > 0)
      yield invalid(own, urls, 'rules cannot apply to both regular resources and non-resource URLs')
    return
  }
  if (apiGroups.length === 0)
    yield required(`${field}.apiGroups`, 'resource rules must supply at least one api group')
  if (resources.length === 0)
    yield required(`${field}.resources`, 'resource rules must supply at least one resource')
}
