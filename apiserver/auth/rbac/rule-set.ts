/**
 * The rules that one user has in one place, laid out so that a decision looks at few of them. It answers as if every rule
 * had been tried in turn.
 */

import type { Attributes } from '../authorization.ts'
import { type PolicyRule, ruleAllows } from './policy-rule.ts'

/** A rule and what gave it: for people who ask why. */
export interface Granted {
  rule: PolicyRule
  /** `ClusterRoleBinding "b" of ClusterRole "r" to User "u"`. */
  source: string
}

export class RuleSet {
  readonly granted: readonly Granted[]
  readonly #byResource = new Map<string, Granted[]>()
  readonly #byPath: Granted[] = []

  constructor(granted: readonly Granted[]) {
    this.granted = granted
    for (const one of granted) {
      for (const resource of new Set(one.rule.resources)) this.#of(resource).push(one)
      if ((one.rule.nonResourceURLs ?? []).length > 0) this.#byPath.push(one)
    }
  }

  /** The first that allows it. */
  find(attributes: Attributes): Granted | undefined {
    if ('path' in attributes) return firstOf(this.#byPath, attributes)
    const { resource, subresource } = attributes
    const everything = firstOf(this.#byResource.get('*'), attributes)
    if (everything) return everything
    if (!subresource) return firstOf(this.#byResource.get(resource), attributes)
    return (
      firstOf(this.#byResource.get(`${resource}/${subresource}`), attributes) ??
      firstOf(this.#byResource.get(`*/${subresource}`), attributes)
    )
  }

  #of(resource: string): Granted[] {
    let list = this.#byResource.get(resource)
    if (!list) {
      list = []
      this.#byResource.set(resource, list)
    }
    return list
  }
}

function firstOf(
  list: readonly Granted[] | undefined,
  attributes: Attributes,
): Granted | undefined {
  return list?.find(({ rule }) => ruleAllows(rule, attributes))
}
