/** Who has the default roles from the beginning, and the roles of the system's own namespaces. */

import type { PolicyRule } from '../rbac/policy-rule.ts'
import type { Subject } from '../rbac/role-index.ts'
import { controllerRoles } from './controller-roles.ts'
import { events, read, rule } from './rules.ts'

export interface DefaultBinding {
  name: string
  /** The role's name where it is not the binding's. */
  role?: string
  subjects: readonly Subject[]
}

export interface NamespacedRole {
  namespace: string
  name: string
  rules: readonly PolicyRule[]
}

const apiGroup = 'rbac.authorization.k8s.io'
const user = (name: string): Subject => ({ apiGroup, kind: 'User', name })
const group = (name: string): Subject => ({ apiGroup, kind: 'Group', name })
const account = (namespace: string, name: string): Subject => ({
  kind: 'ServiceAccount',
  name,
  namespace,
})

const manager = user('system:kube-controller-manager')
const scheduler = user('system:kube-scheduler')
const authenticated = group('system:authenticated')
const system = 'kube-system'

export const clusterRoleBindings: readonly DefaultBinding[] = [
  { name: 'cluster-admin', subjects: [group('system:masters')] },
  { name: 'system:monitoring', subjects: [group('system:monitoring')] },
  { name: 'system:discovery', subjects: [authenticated] },
  { name: 'system:basic-user', subjects: [authenticated] },
  {
    name: 'system:public-info-viewer',
    subjects: [authenticated, group('system:unauthenticated')],
  },
  { name: 'system:node-proxier', subjects: [user('system:kube-proxy')] },
  { name: 'system:kube-controller-manager', subjects: [manager] },
  { name: 'system:kube-dns', subjects: [account('kube-system', 'kube-dns')] },
  { name: 'system:kube-scheduler', subjects: [scheduler] },
  { name: 'system:volume-scheduler', subjects: [scheduler] },
  // Nodes have their rights from the node authorizer.
  { name: 'system:node', subjects: [] },
  {
    name: 'system:service-account-issuer-discovery',
    subjects: [group('system:serviceaccounts')],
  },
  ...controllerRoles.map(({ name, account: own }) => ({
    name,
    subjects: [account(system, own)],
  })),
  { name: 'tiphys:controllers', subjects: [manager] },
  { name: 'tiphys:history', subjects: [authenticated] },
  { name: 'tiphys:node-network', subjects: [group('system:nodes')] },
  { name: 'tiphys:simulated-nodes', subjects: [group('tiphys:simulated-nodes')] },
]

const open = 'kube-public'
const signer = 'system:controller:bootstrap-signer'
const cleaner = 'system:controller:token-cleaner'
const cloud = 'system:controller:cloud-provider'
const reader = 'extension-apiserver-authentication-reader'
const leading = (component: string) => `system::leader-locking-${component}`

export const roles: readonly NamespacedRole[] = [
  {
    namespace: system,
    name: reader,
    rules: [rule('', ['configmaps'], read, ['extension-apiserver-authentication'])],
  },
  { namespace: system, name: signer, rules: [rule('', ['secrets'], read)] },
  { namespace: system, name: cloud, rules: [rule('', ['configmaps'], ['create', ...read])] },
  {
    namespace: system,
    name: cleaner,
    rules: [rule('', ['secrets'], ['delete', ...read]), events],
  },
  ...['kube-controller-manager', 'kube-scheduler'].map((component) => ({
    namespace: system,
    name: leading(component),
    rules: [
      rule('', ['configmaps'], ['watch']),
      rule('', ['configmaps'], ['get', 'update'], [component]),
    ],
  })),
  // Whichever node serves cluster DNS first says where it is.
  { namespace: system, name: 'tiphys:node-network', rules: [rule('', ['services'], ['create'])] },
  {
    namespace: open,
    name: signer,
    rules: [
      rule('', ['configmaps'], read),
      rule('', ['configmaps'], ['update'], ['cluster-info']),
      events,
    ],
  },
]

export const roleBindings: readonly (DefaultBinding & { namespace: string })[] = [
  {
    namespace: system,
    name: `system::${reader}`,
    role: reader,
    subjects: [manager, scheduler],
  },
  {
    namespace: system,
    name: leading('kube-controller-manager'),
    subjects: [manager, account(system, 'kube-controller-manager')],
  },
  {
    namespace: system,
    name: leading('kube-scheduler'),
    subjects: [scheduler, account(system, 'kube-scheduler')],
  },
  { namespace: system, name: 'tiphys:node-network', subjects: [group('system:nodes')] },
  { namespace: system, name: signer, subjects: [account(system, 'bootstrap-signer')] },
  { namespace: system, name: cloud, subjects: [account(system, 'cloud-provider')] },
  { namespace: system, name: cleaner, subjects: [account(system, 'token-cleaner')] },
  { namespace: open, name: signer, subjects: [account(system, 'bootstrap-signer')] },
]
