/**
 * What a user may do: asked of several authorizers in turn, of which the first that allows wins. Nothing here knows
 * rules; it knows how the question is put and how a refusal reads.
 */

import type { Selector } from '../../api/selector.ts'
import { StatusError } from '../http/status.ts'
import type { User } from '../registry/registry.ts'

export interface ResourceAttributes {
  user: User
  verb: string
  group: string
  resource: string
  subresource?: string
  /** Empty at the cluster scope. */
  namespace: string
  /** Empty for collections, except where a field selector asks for one name of them. */
  name: string
  /** What a collection is narrowed to, where it is. */
  fields?: Selector
}

export interface PathAttributes {
  user: User
  verb: string
  path: string
}

/** One request as authorization sees it. */
export type Attributes = ResourceAttributes | PathAttributes

export type Decision = { allowed: true; reason?: string } | { allowed: false; reason?: string }

/** `allowed: false` also where an authorizer has no opinion: nobody is refused what another one allows. */
export type Authorizer = (attributes: Attributes) => Decision | Promise<Decision>

export const allowed: Decision = { allowed: true }
export const refused: Decision = { allowed: false }

export const alwaysAllow: Authorizer = () => allowed

/** Its members may do everything; no rule can take that from them, so that a cluster can always be repaired. */
export const mastersGroup = 'system:masters'

export const mastersAuthorizer = ({ user }: Attributes): Decision =>
  user.groups.includes(mastersGroup) ? allowed : refused

/** Stays synchronous as long as its parts are. A refusal gives the reasons of all. */
export function firstThatAllows(authorizers: readonly Authorizer[]): Authorizer {
  const ask = (attributes: Attributes, from: number, reasons: string[]): ReturnType<Authorizer> => {
    for (let at = from; at < authorizers.length; at++) {
      const pending = authorizers[at]!(attributes)
      if ('then' in pending)
        return pending.then((decision) =>
          decision.allowed ? decision : ask(attributes, at + 1, added(reasons, decision)),
        )
      if (pending.allowed) return pending
      added(reasons, pending)
    }
    return reasons.length === 0 ? refused : { allowed: false, reason: reasons.join('\n') }
  }
  return (attributes) => ask(attributes, 0, [])
}

function added(reasons: string[], { reason }: Decision): string[] {
  if (reason) reasons.push(reason)
  return reasons
}

/**
 * Asks again, knowing all that anybody was told of, before it refuses: who was granted something just now has it. The
 * anonymous wait for nothing.
 */
export function refusingOnlyWhenFresh(
  authorize: Authorizer,
  fresh: () => Promise<void>,
): Authorizer {
  return (attributes) => {
    const pending = authorize(attributes)
    if ('then' in pending || pending.allowed) return pending
    if (attributes.user.groups.includes('system:unauthenticated')) return pending
    return fresh().then(() => authorize(attributes))
  }
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
