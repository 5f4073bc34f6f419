/**
 * Decides by roles and bindings. A user's rules in a namespace are put together once and kept until any role or binding
 * changes; a decision is then a look into a few maps.
 */

import type { User } from '../../registry/registry.ts'
import type { Attributes, Decision } from '../authorization.ts'
import type { PolicyRule } from './policy-rule.ts'
import { type Bound, type RoleIndex, type RoleRef, rbacGroup } from './role-index.ts'
import { type Granted, RuleSet } from './rule-set.ts'

/** Namespaces remembered for one user. */
const mostNamespaces = 1000

interface Resolved {
  rules: RuleSet
  /** Roles that bindings name and that are not there. */
  missing: readonly string[]
}

interface Remembered {
  generation: number
  /** By namespace; empty: the cluster alone. */
  places: Map<string, Resolved>
}

export class RbacAuthorizer {
  readonly index: RoleIndex
  /** A connection's or a token's user is the same object for its whole life. */
  readonly #remembered = new WeakMap<User, Remembered>()

  constructor(index: RoleIndex) {
    this.index = index
  }

  authorize(attributes: Attributes): Decision {
    const namespace = 'path' in attributes ? '' : attributes.namespace
    const cluster = this.#resolve(attributes.user, '')
    const granted = cluster.rules.find(attributes)
    if (granted) return allowedBy(granted)
    if (namespace === '') return refused(cluster.missing)
    const local = this.#resolve(attributes.user, namespace)
    const here = local.rules.find(attributes)
    return here ? allowedBy(here) : refused([...cluster.missing, ...local.missing])
  }

  /** All that a user may do in a namespace, what the cluster grants everywhere first. */
  rulesFor(user: User, namespace: string): { rules: PolicyRule[]; missing: readonly string[] } {
    const places = namespace === '' ? [''] : ['', namespace]
    const all = places.map((place) => this.#resolve(user, place))
    return {
      rules: all.flatMap(({ rules }) => rules.granted.map(({ rule }) => rule)),
      missing: all.flatMap(({ missing }) => missing),
    }
  }

  #resolve(user: User, namespace: string): Resolved {
    const { generation } = this.index
    let remembered = this.#remembered.get(user)
    if (!remembered || remembered.generation !== generation) {
      remembered = { generation, places: new Map() }
      this.#remembered.set(user, remembered)
    }
    let resolved = remembered.places.get(namespace)
    if (!resolved) {
      resolved = this.#rulesIn(user, namespace)
      if (remembered.places.size >= mostNamespaces) remembered.places.clear()
      remembered.places.set(namespace, resolved)
    }
    return resolved
  }

  #rulesIn(user: User, namespace: string): Resolved {
    const granted: Granted[] = []
    const missing: string[] = []
    for (const bound of this.index.boundIn(namespace, user)) {
      const role = this.index.role(bound.binding.roleRef, namespace)
      if (!role) {
        missing.push(notFoundText(bound.binding.roleRef))
        continue
      }
      const source = sourceOf(bound, namespace)
      for (const rule of role.rules ?? []) granted.push({ rule, source })
    }
    return { rules: new RuleSet(granted), missing }
  }
}

export const notFoundText = ({ kind, name }: RoleRef): string =>
  `${kind.toLowerCase()}.${rbacGroup} ${JSON.stringify(name)} not found`

const allowedBy = ({ source }: Granted): Decision => ({
  allowed: true,
  reason: `RBAC: allowed by ${source}`,
})

function refused(missing: readonly string[]): Decision {
  if (missing.length === 0) return { allowed: false }
  const texts = [...new Set(missing)]
  return {
    allowed: false,
    reason: `RBAC: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`,
  }
}

function sourceOf({ binding, subject }: Bound, namespace: string): string {
  const { roleRef, metadata } = binding
  const inNamespace = namespace !== ''
  const name = inNamespace ? `${metadata.name}/${namespace}` : metadata.name
  const home = subject.namespace || namespace
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${home}` : subject.name
  const kind = inNamespace ? 'RoleBinding' : 'ClusterRoleBinding'
  return `${kind} ${JSON.stringify(name)} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${subject.kind} ${JSON.stringify(who)}`
}
