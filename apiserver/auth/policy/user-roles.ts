/**
 * The roles that people are bound to in namespaces. `admin` has what `edit` has and more, `edit` what `view` has and
 * more: each gathers, by label, the rules of roles that anybody may add to.
 */

import type { PolicyRule } from '../rbac/policy-rule.ts'
import { all, read, rule, write } from './rules.ts'

export const viewRules: readonly PolicyRule[] = [
  rule(
    '',
    [
      'configmaps',
      'endpoints',
      'persistentvolumeclaims',
      'persistentvolumeclaims/status',
      'pods',
      'replicationcontrollers',
      'replicationcontrollers/scale',
      'serviceaccounts',
      'services',
      'services/status',
    ],
    read,
  ),
  rule(
    '',
    [
      'bindings',
      'events',
      'limitranges',
      'namespaces/status',
      'pods/log',
      'pods/status',
      'replicationcontrollers/status',
      'resourcequotas',
      'resourcequotas/status',
    ],
    read,
  ),
  rule('', ['namespaces'], read),
  rule('discovery.k8s.io', ['endpointslices'], read),
  rule(
    'apps',
    [
      'controllerrevisions',
      ...['daemonsets', 'deployments', 'replicasets', 'statefulsets'].flatMap((plural) => [
        plural,
        `${plural}/status`,
      ]),
      'deployments/scale',
      'replicasets/scale',
      'statefulsets/scale',
    ],
    read,
  ),
  rule('autoscaling', ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'], read),
  rule('batch', ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], read),
  rule(
    'extensions',
    [
      'daemonsets',
      'daemonsets/status',
      'deployments',
      'deployments/scale',
      'deployments/status',
      'ingresses',
      'ingresses/status',
      'networkpolicies',
      'replicasets',
      'replicasets/scale',
      'replicasets/status',
      'replicationcontrollers/scale',
    ],
    read,
  ),
  rule('policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status'], read),
  rule('networking.k8s.io', ['ingresses', 'ingresses/status', 'networkpolicies'], read),
  rule(
    'resource.k8s.io',
    ['resourceclaims', 'resourceclaims/status', 'resourceclaimtemplates'],
    read,
  ),
]

const intoPods = ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy']

export const editRules: readonly PolicyRule[] = [
  rule('', [...intoPods, 'secrets', 'services/proxy'], read),
  rule('', ['serviceaccounts'], ['impersonate']),
  rule('', ['pods', ...intoPods], write),
  rule('', ['pods/eviction'], ['create']),
  rule(
    '',
    [
      'configmaps',
      'events',
      'persistentvolumeclaims',
      'replicationcontrollers',
      'replicationcontrollers/scale',
      'secrets',
      'serviceaccounts',
      'services',
      'services/proxy',
    ],
    write,
  ),
  rule('', ['serviceaccounts/token'], ['create']),
  rule(
    'apps',
    [
      'daemonsets',
      'deployments',
      'deployments/rollback',
      'deployments/scale',
      'replicasets',
      'replicasets/scale',
      'statefulsets',
      'statefulsets/scale',
    ],
    write,
  ),
  rule('autoscaling', ['horizontalpodautoscalers'], write),
  rule('batch', ['cronjobs', 'jobs'], write),
  rule(
    'extensions',
    [
      'daemonsets',
      'deployments',
      'deployments/rollback',
      'deployments/scale',
      'ingresses',
      'networkpolicies',
      'replicasets',
      'replicasets/scale',
      'replicationcontrollers/scale',
    ],
    write,
  ),
  rule('policy', ['poddisruptionbudgets'], write),
  rule('networking.k8s.io', ['ingresses', 'networkpolicies'], write),
  rule('coordination.k8s.io', ['leases'], all),
  rule('resource.k8s.io', ['resourceclaims', 'resourceclaimtemplates'], write),
]

export const adminRules: readonly PolicyRule[] = [
  rule('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']),
  rule('rbac.authorization.k8s.io', ['rolebindings', 'roles'], all),
]
