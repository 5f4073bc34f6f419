/** One rule of a role, and whether it lets a request through: the meaning of RBAC, and nothing of where rules come from. */

import type { Attributes } from '../authorization.ts'

/** As it stands in roles; absent lists are empty ones. */
export interface PolicyRule {
  verbs: readonly string[]
  apiGroups?: readonly string[]
  /** `pods`, `pods/log`, `*`, or a subresource of anything: `*` + `/scale`. */
  resources?: readonly string[]
  /** Empty: all names, and requests without one. */
  resourceNames?: readonly string[]
  /** Paths; one that ends in `*` stands for all that begin with it. */
  nonResourceURLs?: readonly string[]
}

const none: readonly string[] = []

const hasOrAll = (list: readonly string[] | undefined, value: string): boolean =>
  list?.includes(value) === true || list?.includes('*') === true

export function verbMatches({ verbs }: PolicyRule, verb: string): boolean {
  return hasOrAll(verbs, verb)
}

export function groupMatches({ apiGroups }: PolicyRule, group: string): boolean {
  return hasOrAll(apiGroups, group)
}

/** @param subresource empty for none */
export function resourceMatches(
  { resources = none }: PolicyRule,
  resource: string,
  subresource: string,
): boolean {
  if (subresource === '') return hasOrAll(resources, resource)
  return hasOrAll(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`)
}

export function nameMatches({ resourceNames = none }: PolicyRule, name: string): boolean {
  return resourceNames.length === 0 || resourceNames.includes(name)
}

export function pathMatches({ nonResourceURLs = none }: PolicyRule, path: string): boolean {
  return nonResourceURLs.some((pattern) => pathCovers(pattern, path))
}

/** Whether a pattern stands for a path, or for all that another pattern stands for. */
export function pathCovers(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))
}

export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!verbMatches(rule, attributes.verb)) return false
  if ('path' in attributes) return pathMatches(rule, attributes.path)
  const { group, resource, subresource = '', name } = attributes
  return (
    groupMatches(rule, group) &&
    resourceMatches(rule, resource, subresource) &&
    nameMatches(rule, name)
  )
}
