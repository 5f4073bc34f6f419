/**
 * Roles and bindings as they stand, found by subject: kept up to date by every change and never asked of the store. A
 * role or binding that is not there grants nothing.
 */

import type { KubernetesObject } from '../../../api/object.ts'
import { accountUser } from '../../../api/token-claims.ts'
import { type FollowPorts, followChanges } from '../../registry/follow-changes.ts'
import type { CachedObject } from '../../watch/cached-object.ts'
import type { PolicyRule } from './policy-rule.ts'

export const rbacGroup = 'rbac.authorization.k8s.io'

export interface RoleRef {
  apiGroup?: string
  kind: string
  name: string
}

export interface Subject {
  kind: string
  apiGroup?: string
  name: string
  /** Of service accounts. */
  namespace?: string
}

export interface Role extends KubernetesObject {
  rules?: PolicyRule[]
  /** Of cluster roles. */
  aggregationRule?: { clusterRoleSelectors?: object[] }
}

export interface Binding extends KubernetesObject {
  roleRef: RoleRef
  subjects?: Subject[]
}

/** A binding with the first of its subjects that the user is. */
export interface Bound {
  binding: Binding
  subject: Subject
}

interface Identity {
  name: string
  groups: readonly string[]
}

type Bindings = Map<string, Binding>

const keyOf = (namespace: string, name: string) => `${namespace}/${name}`

export class RoleIndex {
  /** Counts changes: what was worked out under another number is stale. */
  generation = 0
  readonly #roles = new Map<string, Role>()
  /** By namespace, the empty one being the cluster. */
  readonly #bindings = new Map<string, Bindings>()
  /** By namespace, then by subject: made when first asked for after a change. */
  readonly #bySubject = new Map<string, Map<string, Bound[]>>()

  /** @returns ends it */
  follow(ports: FollowPorts): () => void {
    const role = ({ namespace, name, object }: CachedObject) =>
      this.setRole(namespace, object as Role, name)
    const noRole = ({ namespace, name }: CachedObject) => this.setRole(namespace, undefined, name)
    const binding = ({ namespace, name, object }: CachedObject) =>
      this.setBinding(namespace, object as Binding, name)
    const noBinding = ({ namespace, name }: CachedObject) =>
      this.setBinding(namespace, undefined, name)
    const forgetRoles = (ofCluster: boolean) => () => this.#forget(this.#roles, ofCluster)
    const forgetBindings = (ofCluster: boolean) => () => {
      this.#bySubject.clear()
      this.#forget(this.#bindings, ofCluster)
    }
    const ends = [true, false].flatMap((ofCluster) => {
      const prefix = ofCluster ? 'cluster' : ''
      return [
        followChanges(ports, `${prefix}roles.${rbacGroup}`, {
          reset: forgetRoles(ofCluster),
          changed: role,
          gone: noRole,
        }),
        followChanges(ports, `${prefix}rolebindings.${rbacGroup}`, {
          reset: forgetBindings(ofCluster),
          changed: binding,
          gone: noBinding,
        }),
      ]
    })
    return () => {
      for (const end of ends) end()
    }
  }

  /** Of the cluster, or of all namespaces: their keys begin with a name. */
  #forget(objects: Map<string, unknown>, ofCluster: boolean): void {
    this.generation++
    for (const key of objects.keys())
      if ((key === '' || key.startsWith('/')) === ofCluster) objects.delete(key)
  }

  setRole(namespace: string, role: Role | undefined, name: string): void {
    this.generation++
    if (role) this.#roles.set(keyOf(namespace, name), role)
    else this.#roles.delete(keyOf(namespace, name))
  }

  setBinding(namespace: string, binding: Binding | undefined, name: string): void {
    this.generation++
    this.#bySubject.delete(namespace)
    let all = this.#bindings.get(namespace)
    if (!all) {
      all = new Map()
      this.#bindings.set(namespace, all)
    }
    if (binding) all.set(name, binding)
    else all.delete(name)
    if (all.size === 0) this.#bindings.delete(namespace)
  }

  /** The role that a binding in `namespace` (empty: of the cluster) speaks of. */
  role({ kind, name }: RoleRef, namespace: string): Role | undefined {
    return this.#roles.get(keyOf(kind === 'Role' ? namespace : '', name))
  }

  /** The bindings of exactly this place (empty: the cluster) that the user is a subject of, each once. */
  boundIn(namespace: string, { name, groups }: Identity): Bound[] {
    const bySubject = this.#subjectsOf(namespace)
    if (bySubject.size === 0) return []
    const found = new Map<Binding, Bound>()
    for (const key of [`User/${name}`, ...groups.map((group) => `Group/${group}`)])
      for (const bound of bySubject.get(key) ?? [])
        if (!found.has(bound.binding)) found.set(bound.binding, bound)
    return [...found.values()]
  }

  #subjectsOf(namespace: string): Map<string, Bound[]> {
    let bySubject = this.#bySubject.get(namespace)
    if (!bySubject) {
      bySubject = new Map()
      for (const binding of this.#bindings.get(namespace)?.values() ?? [])
        for (const subject of binding.subjects ?? []) {
          const key = subjectKey(subject, namespace)
          if (key === undefined) continue
          const list = bySubject.get(key)
          if (list) list.push({ binding, subject })
          else bySubject.set(key, [{ binding, subject }])
        }
      // Places without bindings are asked after by anybody and remembered for nobody.
      if (bySubject.size > 0) this.#bySubject.set(namespace, bySubject)
    }
    return bySubject
  }
}

/** A service account is a user of a certain name; without a namespace it is one of the binding's own. */
function subjectKey({ kind, name, namespace }: Subject, own: string): string | undefined {
  switch (kind) {
    case 'User':
    case 'Group':
      return `${kind}/${name}`
    case 'ServiceAccount': {
      const home = namespace || own
      return home === '' ? undefined : `User/${accountUser(home, name)}`
    }
    default:
      return undefined
  }
}
