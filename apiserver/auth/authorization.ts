/**
 * What a user may do. For now whole groups and components may do everything and everybody else nothing but ask
 * after the server's health; a finer authorizer implements the same type.
 */

import { StatusError } from '../http/status.ts'
import type { User } from '../registry/registry.ts'

/** One request as authorization sees it. */
export type Attributes =
  | {
      user: User
      verb: string
      group: string
      resource: string
      subresource?: string
      /** Empty at the cluster scope. */
      namespace: string
      /** Empty for collections. */
      name: string
    }
  | { user: User; verb: string; path: string }

export type Decision = { allowed: true } | { allowed: false; reason?: string }

export type Authorizer = (attributes: Attributes) => Decision | Promise<Decision>

const trustedGroups = new Set(['system:masters', 'system:nodes'])
const trustedUsers = new Set([
  'system:apiserver',
  'system:kube-controller-manager',
  'system:kube-scheduler',
])
const openPaths = /^\/(healthz|livez|readyz|version)(\/|$)/

/** Lets the cluster's own components through, and anybody who asks after health or version. */
export const componentAuthorizer: Authorizer = (attributes) => {
  const { user } = attributes
  const trusted =
    trustedUsers.has(user.name) || user.groups.some((group) => trustedGroups.has(group))
  if (trusted) return { allowed: true }
  if ('path' in attributes && attributes.verb === 'get' && openPaths.test(attributes.path))
    return { allowed: true }
  return { allowed: false }
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
/** Kubernetes escapes what a browser could take for markup. */
const escapeMarkup = (text: string) => text.replace(/[&<>]/g, (char) => escapes[char] ?? char)

/** 403 with the text that clients and people know. */
export function denied(attributes: Attributes, reason?: string): StatusError {
  const who = `User ${JSON.stringify(attributes.user.name)} cannot ${attributes.verb}`
  const because = reason ? `: ${reason}` : ''
  if ('path' in attributes) {
    const what = `${who} path ${JSON.stringify(attributes.path)}${because}`
    return new StatusError(403, 'Forbidden', escapeMarkup(`forbidden: ${what}`), {})
  }
  const { group, resource, subresource, namespace, name } = attributes
  const qualified = group === '' ? resource : `${resource}.${group}`
  const full = subresource ? `${resource}/${subresource}` : resource
  const where =
    namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  const subject = name === '' ? qualified : `${qualified} ${JSON.stringify(name)}`
  const what = `${who} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}${because}`
  return new StatusError(403, 'Forbidden', escapeMarkup(`${subject} is forbidden: ${what}`), {
    ...(name !== '' && { name }),
    ...(group !== '' && { group }),
    kind: resource,
  })
}
