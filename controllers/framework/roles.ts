/**
 * The roles that controllers run under, written from their declarations: no more than they need, in an order that does
 * not change, so that a review of the manifest is a review of the code.
 */

import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  ServiceAccount,
} from '../../api/types.ts'
import type { Controller } from './controller.ts'
import { type PermissionOptions, permissionsOf, rulesOf } from './permissions.ts'

/** To whom rights are given. */
export interface RoleOptions extends Omit<PermissionOptions, 'leaderElection'> {
  /** Of the service account, the roles and the Lease. */
  name: string
  /** Where the process runs: its service account and its Lease are there (`default`). */
  namespace?: string
  /** Whether it takes a Lease before it runs (true). */
  leaderElection?: boolean
}

/** An object that gives rights, or to which they are given. */
export type RoleObject = ServiceAccount | ClusterRole | ClusterRoleBinding | Role | RoleBinding

const api = 'rbac.authorization.k8s.io'

/**
 * The service account of a process that runs `controllers`, and the roles bound to it: a ClusterRole for what is
 * looked at in all namespaces, a Role for each namespace that is looked at alone.
 *
 *     rolesOf([siteController], { name: 'site', namespace: 'site-system' })
 *     // [ServiceAccount, ClusterRole, ClusterRoleBinding, Role (the Lease), RoleBinding]
 */
export function rolesOf(controllers: readonly Controller[], options: RoleOptions): RoleObject[] {
  const { name, namespace = 'default', leaderElection = true, ...needs } = options
  const permissions = permissionsOf(controllers, {
    ...needs,
    ...(leaderElection ? { leaderElection: { namespace, name } } : {}),
  })
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name },
  }
  const places = new Set(permissions.map((permission) => permission.namespace))
  return [
    account,
    ...[...places].flatMap((place) => {
      const rules = rulesOf(permissions.filter((permission) => permission.namespace === place))
      return place === undefined
        ? clusterWide(name, namespace, rules)
        : within(place, name, namespace, rules)
    }),
  ]
}

type Rules = ReturnType<typeof rulesOf>

const subjects = (name: string, namespace: string) => [{ kind: 'ServiceAccount', name, namespace }]

const clusterWide = (name: string, namespace: string, rules: Rules): RoleObject[] => [
  { apiVersion: `${api}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
  {
    apiVersion: `${api}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: api, kind: 'ClusterRole', name },
    subjects: subjects(name, namespace),
  },
]

const within = (place: string, name: string, namespace: string, rules: Rules): RoleObject[] => [
  { apiVersion: `${api}/v1`, kind: 'Role', metadata: { namespace: place, name }, rules },
  {
    apiVersion: `${api}/v1`,
    kind: 'RoleBinding',
    metadata: { namespace: place, name },
    roleRef: { apiGroup: api, kind: 'Role', name },
    subjects: subjects(name, namespace),
  },
]
