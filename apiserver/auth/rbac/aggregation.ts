/** The rules that a cluster role gathers by labels: those of every other role that one of its selectors matches. */

import {
  fromLabelSelector,
  type Selector,
  SelectorError,
  selectorMatches,
} from '../../../api/selector.ts'
import type { LabelSelector } from '../../../api/types.ts'
import type { PolicyRule } from './policy-rule.ts'
import type { Role } from './role-index.ts'

/** A selector that cannot be read gathers nothing. */
function selectorsOf({ aggregationRule }: Role): Selector[] {
  return (aggregationRule?.clusterRoleSelectors ?? []).flatMap((selector) => {
    try {
      const parsed = fromLabelSelector(selector as LabelSelector)
      return parsed ? [parsed] : []
    } catch (error) {
      if (error instanceof SelectorError) return []
      throw error
    }
  })
}

/** Each rule once, in the order of selectors and of names. `undefined`: the role gathers nothing, its rules are its own. */
export function gatheredRules(role: Role, others: readonly Role[]): PolicyRule[] | undefined {
  const selectors = selectorsOf(role)
  if (selectors.length === 0) return undefined
  const byName = [...others].sort((one, other) =>
    (one.metadata.name ?? '') < (other.metadata.name ?? '') ? -1 : 1,
  )
  const rules = new Map<string, PolicyRule>()
  for (const selector of selectors)
    for (const other of byName) {
      if (other.metadata.name === role.metadata.name) continue
      if (!selectorMatches(selector, other.metadata.labels)) continue
      for (const rule of other.rules ?? []) rules.set(JSON.stringify(rule), rule)
    }
  return [...rules.values()]
}
