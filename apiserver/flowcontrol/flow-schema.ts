/** Which flow schema a request belongs to, and which flow of it: the rules of FlowSchema, and nothing about seats. */

import { accountOf } from '../../api/token-claims.ts'
import type { FlowSchema } from '../../api/types.ts'
import type { Attributes } from '../auth/authorization.ts'
import type { User } from '../registry/registry.ts'

type Rules = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number]
type ResourceRule = NonNullable<Rules['resourceRules']>[number]
type NonResourceRule = NonNullable<Rules['nonResourceRules']>[number]

/** The lowest precedence first, then by name: the first that matches is the one. */
export function inOrder(schemas: Iterable<FlowSchema>): FlowSchema[] {
  return [...schemas].sort(
    (one, other) =>
      (one.spec?.matchingPrecedence ?? 0) - (other.spec?.matchingPrecedence ?? 0) ||
      ((one.metadata.name ?? '') < (other.metadata.name ?? '') ? -1 : 1),
  )
}

export const matches = ({ spec }: FlowSchema, attributes: Attributes): boolean =>
  (spec?.rules ?? []).some(
    (rules) =>
      rules.subjects.some((subject) => isOf(subject, attributes.user)) &&
      ('path' in attributes
        ? (rules.nonResourceRules ?? []).some((rule) => coversPath(rule, attributes))
        : (rules.resourceRules ?? []).some((rule) => coversResource(rule, attributes))),
  )

const has = (list: readonly string[] | undefined, value: string) =>
  list?.includes('*') || list?.includes(value) || false

function isOf({ kind, user, group, serviceAccount }: Rules['subjects'][number], who: User) {
  switch (kind) {
    case 'User':
      return user !== undefined && (user.name === '*' || user.name === who.name)
    case 'Group':
      return group !== undefined && (group.name === '*' || who.groups.includes(group.name))
    case 'ServiceAccount': {
      const account = accountOf(who.name)
      if (!serviceAccount || account?.namespace !== serviceAccount.namespace) return false
      return serviceAccount.name === '*' || serviceAccount.name === account.name
    }
    default:
      return false
  }
}

function coversResource(
  rule: ResourceRule,
  attributes: Exclude<Attributes, { path: string }>,
): boolean {
  const { verb, group, resource, subresource, namespace } = attributes
  const full = subresource ? `${resource}/${subresource}` : resource
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group) &&
    has(rule.resources, full) &&
    (namespace === '' ? rule.clusterScope === true : has(rule.namespaces, namespace))
  )
}

function coversPath(
  { verbs, nonResourceURLs }: NonResourceRule,
  { verb, path }: Extract<Attributes, { path: string }>,
): boolean {
  if (!has(verbs, verb)) return false
  return nonResourceURLs.some((url) =>
    url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : path === url,
  )
}

/** What tells one flow of a schema from another: requests of one flow wait behind each other. */
export function distinguisher({ spec }: FlowSchema, attributes: Attributes): string {
  switch (spec?.distinguisherMethod?.type) {
    case 'ByUser':
      return attributes.user.name
    case 'ByNamespace':
      return 'path' in attributes ? '' : attributes.namespace
    default:
      return ''
  }
}
