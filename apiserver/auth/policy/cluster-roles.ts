/** The cluster roles that every cluster begins with, by name. */

import type { PolicyRule } from '../rbac/policy-rule.ts'
import { controllerRoles } from './controller-roles.ts'
import { nodeRules } from './node-rules.ts'
import { all, events, paths, read, rule } from './rules.ts'
import { adminRules, editRules, viewRules } from './user-roles.ts'

export interface DefaultClusterRole {
  name: string
  rules?: readonly PolicyRule[]
  /** Which of `admin`, `edit`, `view` take its rules in. */
  aggregateTo?: 'admin' | 'edit' | 'view'
  /** Takes in the rules of the roles that aggregate to it. */
  aggregates?: 'admin' | 'edit' | 'view'
}

const tokenReviews = rule('authentication.k8s.io', ['tokenreviews'], ['create'])
const accessReviews = rule('authorization.k8s.io', ['subjectaccessreviews'], ['create'])
const signingRequests = 'certificates.k8s.io'

const approver = (signer: string): DefaultClusterRole => ({
  name: `system:certificates.k8s.io:${signer}-approver`,
  rules: [rule(signingRequests, ['signers'], ['approve'], [`kubernetes.io/${signer}`])],
})

const leader = (name: string) => [
  rule('coordination.k8s.io', ['leases'], ['create']),
  rule('coordination.k8s.io', ['leases'], ['get', 'update'], [name]),
  rule(
    'coordination.k8s.io',
    ['leasecandidates'],
    ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  ),
]

/** For people and what they run. */
const general: DefaultClusterRole[] = [
  {
    name: 'cluster-admin',
    rules: [rule('*', ['*'], ['*']), paths(['*'], ['*'])],
  },
  {
    name: 'system:discovery',
    rules: [
      paths([
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ]),
    ],
  },
  {
    name: 'system:monitoring',
    rules: [
      paths([
        '/healthz',
        '/healthz/*',
        '/livez',
        '/livez/*',
        '/metrics',
        '/metrics/slis',
        '/readyz',
        '/readyz/*',
      ]),
    ],
  },
  {
    name: 'system:basic-user',
    rules: [
      rule(
        'authorization.k8s.io',
        ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
        ['create'],
      ),
      rule('authentication.k8s.io', ['selfsubjectreviews'], ['create']),
    ],
  },
  {
    name: 'system:public-info-viewer',
    rules: [paths(['/healthz', '/livez', '/readyz', '/version', '/version/'])],
  },
  { name: 'admin', aggregates: 'admin' },
  { name: 'edit', aggregates: 'edit', aggregateTo: 'admin' },
  { name: 'view', aggregates: 'view', aggregateTo: 'edit' },
  { name: 'system:aggregate-to-admin', rules: adminRules, aggregateTo: 'admin' },
  { name: 'system:aggregate-to-edit', rules: editRules, aggregateTo: 'edit' },
  { name: 'system:aggregate-to-view', rules: viewRules, aggregateTo: 'view' },
  {
    name: 'system:heapster',
    rules: [
      rule('', ['events', 'namespaces', 'nodes', 'pods'], read),
      rule('extensions', ['deployments'], read),
    ],
  },
  { name: 'system:auth-delegator', rules: [tokenReviews, accessReviews] },
  { name: 'system:kube-aggregator', rules: [rule('', ['endpoints', 'services'], read)] },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      paths([
        '/.well-known/openid-configuration',
        '/.well-known/openid-configuration/',
        '/openid/v1/jwks',
        '/openid/v1/jwks/',
      ]),
    ],
  },
]

/** For nodes and what stands beside their agents. */
const nodes: DefaultClusterRole[] = [
  { name: 'system:node', rules: nodeRules },
  {
    name: 'system:node-problem-detector',
    rules: [rule('', ['nodes'], ['get']), rule('', ['nodes/status'], ['patch']), events],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      rule('', ['nodes'], read),
      rule('', ['nodes'], ['proxy']),
      rule(
        '',
        [
          'nodes/configz',
          'nodes/healthz',
          'nodes/log',
          'nodes/metrics',
          'nodes/pods',
          'nodes/proxy',
          'nodes/stats',
        ],
        ['*'],
      ),
    ],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [rule(signingRequests, ['certificatesigningrequests'], ['create', ...read])],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    rules: [rule(signingRequests, ['certificatesigningrequests/nodeclient'], ['create'])],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    rules: [rule(signingRequests, ['certificatesigningrequests/selfnodeclient'], ['create'])],
  },
  approver('legacy-unknown'),
  approver('kubelet-serving'),
  approver('kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet'),
  {
    name: 'system:node-proxier',
    rules: [
      rule('', ['endpoints', 'services'], ['list', 'watch']),
      rule('', ['nodes'], read),
      events,
      rule('discovery.k8s.io', ['endpointslices'], ['list', 'watch']),
      rule('networking.k8s.io', ['servicecidrs'], ['list', 'watch']),
    ],
  },
]

/** For the control plane's own processes. */
const components: DefaultClusterRole[] = [
  {
    name: 'system:kube-controller-manager',
    rules: [
      events,
      ...leader('kube-controller-manager'),
      rule('', ['secrets', 'serviceaccounts'], ['create']),
      rule('', ['secrets'], ['delete']),
      rule('', ['configmaps', 'namespaces', 'secrets', 'serviceaccounts'], ['get']),
      rule('', ['secrets', 'serviceaccounts'], ['update']),
      tokenReviews,
      accessReviews,
      rule('*', ['*'], ['list', 'watch']),
      rule('', ['serviceaccounts/token'], ['create']),
    ],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      events,
      ...leader('kube-scheduler'),
      rule('', ['nodes'], read),
      rule('', ['pods'], ['delete', ...read]),
      rule('', ['bindings', 'pods/binding'], ['create']),
      rule('', ['pods/status'], ['patch', 'update']),
      rule('', ['replicationcontrollers', 'services'], read),
      rule('apps,extensions', ['replicasets'], read),
      rule('apps', ['statefulsets'], read),
      rule('policy', ['poddisruptionbudgets'], read),
      rule('', ['persistentvolumeclaims', 'persistentvolumes'], read),
      tokenReviews,
      accessReviews,
      rule('storage.k8s.io', ['csinodes'], read),
      rule('', ['namespaces'], read),
      rule('storage.k8s.io', ['csidrivers'], read),
      rule('storage.k8s.io', ['csistoragecapacities'], read),
      rule('resource.k8s.io', ['deviceclasses', 'resourceclaims', 'resourceslices'], read),
      rule('resource.k8s.io', ['resourceclaims/binding'], ['patch', 'update']),
      rule('resource.k8s.io', ['resourceclaims/status'], ['patch', 'update']),
    ],
  },
  {
    name: 'system:volume-scheduler',
    rules: [
      rule('', ['persistentvolumes'], ['patch', 'update', ...read]),
      rule('storage.k8s.io', ['storageclasses'], read),
      rule('', ['persistentvolumeclaims'], ['patch', 'update', ...read]),
    ],
  },
  {
    name: 'system:kube-dns',
    rules: [rule('', ['endpoints', 'services'], ['list', 'watch'])],
  },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      rule('', ['persistentvolumes'], ['create', 'delete', ...read]),
      rule('', ['persistentvolumeclaims'], ['update', ...read]),
      rule('storage.k8s.io', ['storageclasses'], read),
      rule('', ['events'], ['watch']),
      events,
    ],
  },
]

/**
 * What this control plane's processes need beyond the roles of their counterparts: all controllers are one process, the
 * scheduler and the garbage collector of any kind among them, and one process can play many simulated nodes. They may
 * do nothing that is about granting (`bind`, `escalate`, `impersonate`). And what everybody may ask of the past, where
 * each object is asked about again.
 */
const own: DefaultClusterRole[] = [
  {
    name: 'tiphys:controllers',
    rules: [
      rule('*', ['*'], all),
      rule(
        signingRequests,
        ['signers'],
        ['approve', 'sign'],
        [
          'kubernetes.io/kube-apiserver-client',
          'kubernetes.io/kube-apiserver-client-kubelet',
          'kubernetes.io/kubelet-serving',
          'kubernetes.io/legacy-unknown',
        ],
      ),
    ],
  },
  { name: 'tiphys:history', rules: [paths(['/tiphys/v1/*'])] },
  {
    name: 'tiphys:node-network',
    rules: [rule('', ['services'], read), rule('discovery.k8s.io', ['endpointslices'], read)],
  },
  {
    name: 'tiphys:simulated-nodes',
    rules: [
      rule('', ['nodes', 'pods', 'services'], ['create', 'delete', 'patch', 'update', ...read]),
      rule('', ['nodes/status', 'pods/status'], ['patch', 'update']),
      rule('', ['configmaps', 'secrets'], read),
      rule('', ['events'], ['create', 'patch', 'update']),
      rule('', ['serviceaccounts/token', 'pods/eviction'], ['create']),
      rule('coordination.k8s.io', ['leases'], ['create', 'delete', 'patch', 'update', ...read]),
      rule('discovery.k8s.io', ['endpointslices'], read),
    ],
  },
]

export const clusterRoles: readonly DefaultClusterRole[] = [
  ...general,
  ...nodes,
  ...components,
  ...controllerRoles,
  ...own,
]
