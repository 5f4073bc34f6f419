/**
 * The default roles and bindings, put in place at start: what is missing is added, what people added stays, and what says
 * `autoupdate: "false"` is left alone.
 */

import { same } from '../../api/same.ts'
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../api/types.ts'
import {
  type Cluster,
  isAlreadyExists,
  isConflict,
  isNotFound,
  type WithMeta,
} from '../../controllers/framework/cluster.ts'
import type { Kind } from '../../controllers/framework/kind.ts'
import {
  clusterRoleBindings,
  type DefaultBinding,
  roleBindings,
  roles,
} from '../auth/policy/bindings.ts'
import { clusterRoles, type DefaultClusterRole } from '../auth/policy/cluster-roles.ts'
import { gatheredRules } from '../auth/rbac/aggregation.ts'
import { missingRules } from '../auth/rbac/covers.ts'
import {
  ClusterRoleBindingKind,
  ClusterRoleKind,
  RoleBindingKind,
  RoleKind,
} from '../auth/rbac/kinds.ts'
import type { PolicyRule } from '../auth/rbac/policy-rule.ts'
import { type Role as IndexedRole, rbacGroup } from '../auth/rbac/role-index.ts'

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate'
const marks = {
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  annotations: { [autoupdate]: 'true' },
}
const aggregateLabel = (role: string) => `rbac.authorization.k8s.io/aggregate-to-${role}`

/** Resolves when all is in place. */
export async function bootstrapPolicy(cluster: Cluster): Promise<void> {
  await Promise.all([
    reconcile(cluster, ClusterRoleKind, defaultClusterRoles(), mergeRole),
    reconcile(
      cluster,
      ClusterRoleBindingKind,
      clusterRoleBindings.map(clusterBinding),
      mergeBinding,
    ),
    reconcile(cluster, RoleKind, roles.map(namespacedRole), mergeRole),
    reconcile(cluster, RoleBindingKind, roleBindings.map(namespacedBinding), mergeBinding),
  ])
}

const copied = (rules: readonly PolicyRule[]) => structuredClone(rules) as Role['rules']

/** Those that gather rules have them from the start. */
export function defaultClusterRoles(): ClusterRole[] {
  const made = clusterRoles.map(clusterRole)
  // The last one gathers from those before it, and is gathered by the next.
  for (const name of ['view', 'edit', 'admin']) {
    const role = made.find(({ metadata }) => metadata.name === name)
    if (role) role.rules = copied(gatheredRules(role as IndexedRole, made as IndexedRole[]) ?? [])
  }
  return made
}

function clusterRole({ name, rules, aggregateTo, aggregates }: DefaultClusterRole): ClusterRole {
  const labels = aggregateTo
    ? { ...marks.labels, [aggregateLabel(aggregateTo)]: 'true' }
    : marks.labels
  return {
    metadata: { name, labels, annotations: marks.annotations },
    ...(aggregates && {
      aggregationRule: {
        clusterRoleSelectors: [{ matchLabels: { [aggregateLabel(aggregates)]: 'true' } }],
      },
    }),
    rules: copied(rules ?? []),
  }
}

const namespacedRole = ({ namespace, name, rules }: (typeof roles)[number]): Role => ({
  metadata: { namespace, name, ...marks },
  rules: copied(rules),
})

const bindingTo = (kind: string, { name, role = name, subjects }: DefaultBinding) => ({
  roleRef: { apiGroup: rbacGroup, kind, name: role },
  subjects: structuredClone(subjects) as NonNullable<RoleBinding['subjects']>,
})

const clusterBinding = (binding: DefaultBinding): ClusterRoleBinding => ({
  metadata: { name: binding.name, ...marks },
  ...bindingTo('ClusterRole', binding),
})

const namespacedBinding = (binding: (typeof roleBindings)[number]): RoleBinding => ({
  metadata: { namespace: binding.namespace, name: binding.name, ...marks },
  ...bindingTo('Role', binding),
})

async function reconcile<T extends WithMeta>(
  cluster: Cluster,
  kind: Kind<T>,
  wanted: readonly T[],
  merge: (found: T, wanted: T) => T,
): Promise<void> {
  const keyOf = ({ metadata }: T) => `${metadata.namespace ?? ''}/${metadata.name}`
  const { items } = await cluster.list(kind)
  const there = new Map(items.map((item) => [keyOf(item), item]))
  await Promise.all(
    wanted.map(async (object) => {
      const found = there.get(keyOf(object))
      if (found?.metadata.annotations?.[autoupdate] === 'false') return
      const next = found && withMarks(merge(found, object), object)
      // Another server that starts at this moment does the same.
      try {
        if (!found) await cluster.create(kind, object)
        else if (next && !same(next, found)) await cluster.update(kind, next)
      } catch (error) {
        if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error
      }
    }),
  )
}

function withMarks<T extends WithMeta>(found: T, wanted: T): T {
  const { labels, annotations } = wanted.metadata
  const metadata = {
    ...found.metadata,
    labels: { ...found.metadata.labels, ...labels },
    annotations: { ...found.metadata.annotations, ...annotations },
  }
  return { ...found, metadata }
}

function mergeRole<T extends ClusterRole & Role>(found: T, wanted: T): T {
  const own = (found.rules ?? []) as PolicyRule[]
  if (wanted.aggregationRule) return { ...found, aggregationRule: wanted.aggregationRule }
  const missing = ((wanted.rules ?? []) as PolicyRule[]).filter(
    (rule) => missingRules(own, [rule]).length > 0,
  )
  return missing.length === 0 ? found : { ...found, rules: copied([...own, ...missing]) }
}

function mergeBinding<T extends RoleBinding>(found: T, wanted: T): T {
  const own = found.subjects ?? []
  const missing = (wanted.subjects ?? []).filter(
    (subject) =>
      !own.some(
        ({ kind, name, namespace = '' }) =>
          kind === subject.kind && name === subject.name && namespace === (subject.namespace ?? ''),
      ),
  )
  return missing.length === 0 ? found : { ...found, subjects: [...own, ...missing] }
}
