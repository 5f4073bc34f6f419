/** Which rule of a policy decides about a request. */

import type { Attributes, PathAttributes, ResourceAttributes } from '../auth/authorization.ts'
import type { AuditPolicy, AuditRule, GroupResources } from './policy.ts'

/** A request as rules see it; nobody stands behind one whose proof did not hold. */
export type Asked =
  | (Omit<ResourceAttributes, 'user'> & { user?: Attributes['user'] })
  | (Omit<PathAttributes, 'user'> & { user?: Attributes['user'] })

/** The first that matches. */
export const ruleFor = (policy: AuditPolicy, asked: Asked): AuditRule | undefined =>
  policy.find((rule) => matches(rule, asked))

function matches(rule: AuditRule, asked: Asked): boolean {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs } = rule
  const { user, verb } = asked
  if (users.length > 0 && !users.includes(user?.name ?? '')) return false
  if (userGroups.length > 0 && !user?.groups.some((group) => userGroups.includes(group)))
    return false
  if (verbs.length > 0 && !verbs.includes(verb)) return false
  if (namespaces.length > 0 || resources.length > 0)
    return !('path' in asked) && resourceMatches(rule, asked)
  if (nonResourceURLs.length === 0) return true
  return 'path' in asked && nonResourceURLs.some((url) => pathMatches(asked.path, url))
}

const pathMatches = (path: string, url: string): boolean =>
  url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : path === url

type Resourceful = Exclude<Asked, { path: string }>

function resourceMatches({ namespaces, resources }: AuditRule, asked: Resourceful): boolean {
  if (namespaces.length > 0 && !namespaces.includes(asked.namespace)) return false
  return resources.length === 0 || resources.some((listed) => listedIn(listed, asked))
}

function listedIn({ group, resources, resourceNames }: GroupResources, asked: Resourceful) {
  if (group !== asked.group) return false
  if (resources.length === 0) return true
  if (resourceNames.length > 0 && !resourceNames.includes(asked.name)) return false
  const { resource, subresource = '' } = asked
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  return resources.some(
    (text) =>
      text === '*' ||
      text === full ||
      // `pods/*` is about pods themselves as well.
      text === `${resource}/*` ||
      (subresource !== '' && text === `*/${subresource}`),
  )
}
