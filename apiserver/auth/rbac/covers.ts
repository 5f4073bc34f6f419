/**
 * Whether somebody's rules include all that other rules grant: what escalation checks ask. It compares what is written,
 * one verb of one resource at a time, and asks nobody.
 */

import { type PolicyRule, pathCovers } from './policy-rule.ts'

/** Combinations that one question may break down to; a role that has more is refused, not half looked at. */
const mostCombinations = 100_000

export class TooManyRulesError extends Error {
  override name = 'TooManyRulesError'
}

/** One verb, one group, one resource, at most one name: or one verb and one path. */
function* singles(rule: PolicyRule): Generator<PolicyRule> {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  for (const group of apiGroups)
    for (const resource of resources)
      for (const verb of verbs)
        if (resourceNames.length === 0)
          yield { apiGroups: [group], resources: [resource], verbs: [verb] }
        else
          for (const name of resourceNames)
            yield {
              apiGroups: [group],
              resources: [resource],
              verbs: [verb],
              resourceNames: [name],
            }
  for (const path of nonResourceURLs)
    for (const verb of verbs) yield { nonResourceURLs: [path], verbs: [verb] }
}

const includesAll = (owner: readonly string[], wanted: readonly string[]) =>
  owner.includes('*') || wanted.every((one) => owner.includes(one))

function resourcesCover(owner: readonly string[], resource: string): boolean {
  if (owner.includes('*') || owner.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && owner.includes(`*${resource.slice(slash)}`)
}

function covers(owner: PolicyRule, single: PolicyRule): boolean {
  if (!includesAll(owner.verbs, single.verbs)) return false
  const path = single.nonResourceURLs?.[0]
  if (path !== undefined)
    return (owner.nonResourceURLs ?? []).some((pattern) => pathCovers(pattern, path))
  const names = owner.resourceNames ?? []
  const name = single.resourceNames?.[0]
  return (
    includesAll(owner.apiGroups ?? [], single.apiGroups ?? []) &&
    (single.resources ?? []).every((resource) => resourcesCover(owner.resources ?? [], resource)) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  )
}

/**
 * What `wanted` grants and `held` does not; empty: nothing.
 * @throws TooManyRulesError
 */
export function missingRules(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): PolicyRule[] {
  const missing: PolicyRule[] = []
  let left = mostCombinations
  for (const rule of wanted)
    for (const single of singles(rule)) {
      if (left-- === 0)
        throw new TooManyRulesError('the rules grant too many combinations to check')
      if (!held.some((owner) => covers(owner, single))) missing.push(single)
    }
  return missing
}

/** Rules of one resource that differ in their verbs alone, put together. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const together = new Map<string, PolicyRule>()
  for (const rule of rules) {
    const { verbs, ...rest } = rule
    const key = JSON.stringify(rest)
    const before = together.get(key)
    together.set(key, before ? { ...rest, verbs: [...before.verbs, ...verbs] } : rule)
  }
  return [...together.values()]
}

const quoted = (texts: readonly string[]) =>
  `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`

function described(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ]
  const texts = parts.flatMap(([name, list]) =>
    list && list.length > 0 ? [`${name}:${quoted(list)}`] : [],
  )
  return `{${texts.join(', ')}}`
}

interface Identity {
  name: string
  groups: readonly string[]
}

/** How a refusal tells what was missing, a line each. */
export function escalationText({ name, groups }: Identity, missing: readonly PolicyRule[]): string {
  const lines = [...new Set(compact(missing).map(described))].sort()
  return `user ${JSON.stringify(name)} (groups=${quoted(groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`
}
