/** How the default roles are written down: a line a rule. */

import type { PolicyRule } from '../rbac/policy-rule.ts'

export const read = ['get', 'list', 'watch'] as const
export const write = ['create', 'delete', 'deletecollection', 'patch', 'update'] as const
export const all = [...write, ...read] as const

/** @param group one, or several separated by commas; empty is the core group */
export const rule = (
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
  resourceNames?: readonly string[],
): PolicyRule => ({
  apiGroups: group.split(','),
  resources: [...resources].sort(),
  ...(resourceNames && { resourceNames: [...resourceNames] }),
  verbs: [...verbs].sort(),
})

export const paths = (nonResourceURLs: readonly string[], verbs: readonly string[] = ['get']) => ({
  nonResourceURLs: [...nonResourceURLs].sort(),
  verbs: [...verbs],
})

/** Telling what happened. */
export const events = rule(',events.k8s.io', ['events'], ['create', 'patch', 'update'])
