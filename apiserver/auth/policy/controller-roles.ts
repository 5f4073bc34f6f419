/**
 * What each of Kubernetes' controllers may do, as a role of its own bound to a service account of its name: for those
 * who run one of them beside this control plane, and for add-ons that bind to these roles by name.
 */

import type { PolicyRule } from '../rbac/policy-rule.ts'
import { events, read, rule } from './rules.ts'

const follow = ['list', 'watch'] as const
const change = ['patch', 'update'] as const
const update = ['update'] as const
const makeAndRemove = ['create', 'delete'] as const
const manage = [...makeAndRemove, ...read, 'update'] as const
const manageAll = [...manage, 'patch'] as const

const signers = 'certificates.k8s.io'
const workloads = 'apps,extensions'

/** What a controller of pods does with them. */
const ownPods = rule('', ['pods'], [...makeAndRemove, ...follow, 'patch'])
const revisions = rule('apps', ['controllerrevisions'], manageAll)

/** An owner and what is written of it; the owner itself is only read unless told. */
const owner = (group: string, plural: string, verbs: readonly string[] = read) => [
  rule(group, [plural], verbs),
  rule(group, [`${plural}/status`], update),
  rule(group, [`${plural}/finalizers`], update),
]

const rules: Readonly<Record<string, readonly PolicyRule[]>> = {
  'attachdetach-controller': [
    rule('', ['persistentvolumeclaims', 'persistentvolumes'], follow),
    rule('', ['nodes'], read),
    rule('', ['nodes/status'], change),
    rule('', ['pods'], follow),
    events,
    rule('storage.k8s.io', ['volumeattachments'], [...makeAndRemove, ...read]),
    rule('storage.k8s.io', ['csidrivers'], read),
    rule('storage.k8s.io', ['csinodes'], read),
  ],
  'certificate-controller': [
    rule(signers, ['certificatesigningrequests'], ['delete', ...read]),
    rule(
      signers,
      ['certificatesigningrequests/approval', 'certificatesigningrequests/status'],
      update,
    ),
    rule(signers, ['signers'], ['approve'], ['kubernetes.io/kube-apiserver-client-kubelet']),
    rule(
      signers,
      ['signers'],
      ['sign'],
      [
        'kubernetes.io/kube-apiserver-client',
        'kubernetes.io/kube-apiserver-client-kubelet',
        'kubernetes.io/kubelet-serving',
        'kubernetes.io/legacy-unknown',
      ],
    ),
    rule('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
    events,
  ],
  'clusterrole-aggregation-controller': [
    rule('rbac.authorization.k8s.io', ['clusterroles'], ['escalate', ...read, ...change]),
  ],
  'cronjob-controller': [
    rule('batch', ['cronjobs'], [...read, 'update']),
    rule('batch', ['jobs'], manageAll),
    rule('batch', ['cronjobs/status'], update),
    rule('batch', ['cronjobs/finalizers'], update),
    rule('', ['pods'], ['delete', ...follow]),
    events,
  ],
  'daemon-set-controller': [
    ...owner(workloads, 'daemonsets'),
    rule('', ['nodes'], follow),
    ownPods,
    rule('', ['pods/binding'], ['create']),
    revisions,
    events,
  ],
  'deployment-controller': [
    ...owner(workloads, 'deployments', [...read, 'update']),
    rule(workloads, ['replicasets'], manageAll),
    rule('', ['pods'], [...read, 'update']),
    events,
  ],
  'device-taint-eviction-controller': [
    rule('', ['pods'], ['delete', ...read]),
    rule('', ['pods/status'], change),
    rule('resource.k8s.io', ['resourceclaims'], read),
    rule('resource.k8s.io', ['resourceslices'], read),
    rule('resource.k8s.io', ['deviceclasses'], read),
    events,
  ],
  'disruption-controller': [
    rule(workloads, ['deployments'], read),
    rule(workloads, ['replicasets'], read),
    rule('', ['replicationcontrollers'], read),
    rule('policy', ['poddisruptionbudgets'], read),
    rule('apps', ['statefulsets'], read),
    rule('policy', ['poddisruptionbudgets/status'], update),
    rule('', ['pods/status'], change),
    rule('*', ['*/scale'], ['get']),
    events,
  ],
  'endpoint-controller': [
    rule('', ['pods', 'services'], read),
    rule('', ['endpoints'], manage),
    rule('', ['endpoints/restricted'], ['create']),
    events,
  ],
  'endpointslice-controller': [
    rule('', ['nodes', 'pods', 'services'], read),
    rule('', ['services/finalizers'], update),
    rule('discovery.k8s.io', ['endpointslices'], manage),
    events,
  ],
  'endpointslicemirroring-controller': [
    rule('', ['endpoints', 'services'], read),
    rule('', ['services/finalizers'], update),
    rule('', ['endpoints/finalizers'], update),
    rule('discovery.k8s.io', ['endpointslices'], manage),
    events,
  ],
  'ephemeral-volume-controller': [
    rule('', ['pods'], read),
    rule('', ['pods/finalizers'], update),
    rule('', ['persistentvolumeclaims'], ['create', ...read]),
    events,
  ],
  'expand-controller': [
    rule('', ['persistentvolumes'], [...read, ...change]),
    rule('', ['persistentvolumeclaims/status'], change),
    rule('', ['persistentvolumeclaims'], read),
    events,
  ],
  'generic-garbage-collector': [rule('*', ['*'], ['delete', ...read, ...change]), events],
  'horizontal-pod-autoscaler': [
    rule('autoscaling', ['horizontalpodautoscalers'], read),
    rule('autoscaling', ['horizontalpodautoscalers/status'], update),
    rule('*', ['*/scale'], ['get', 'update']),
    rule('', ['pods'], follow),
    rule('metrics.k8s.io', ['pods'], follow),
    rule('custom.metrics.k8s.io', ['*'], read),
    rule('external.metrics.k8s.io', ['*'], read),
    events,
  ],
  'job-controller': [...owner('batch', 'jobs', [...read, ...change]), ownPods, events],
  'legacy-service-account-token-cleaner': [
    rule('', ['configmaps'], ['get'], ['kube-apiserver-legacy-service-account-token-tracking']),
    rule('', ['secrets'], ['delete', 'patch']),
  ],
  'namespace-controller': [
    rule('', ['namespaces'], ['delete', ...read]),
    rule('', ['namespaces/finalize', 'namespaces/status'], update),
    rule('*', ['*'], ['delete', 'deletecollection', ...read]),
  ],
  'node-controller': [
    rule('', ['nodes'], ['delete', ...read, ...change]),
    rule('', ['nodes/status'], change),
    rule('', ['pods/status'], change),
    rule('', ['pods'], ['delete', ...read]),
    events,
  ],
  'persistent-volume-binder': [
    rule('', ['persistentvolumes'], manage),
    rule('', ['persistentvolumes/status'], update),
    rule('', ['persistentvolumeclaims'], [...read, 'update']),
    rule('', ['persistentvolumeclaims/status'], update),
    rule('', ['pods'], [...makeAndRemove, ...read]),
    rule('storage.k8s.io', ['storageclasses'], read),
    rule('', ['nodes'], follow),
    events,
    rule('', ['events'], ['watch']),
  ],
  'pod-garbage-collector': [
    rule('', ['pods'], ['delete', ...follow]),
    rule('', ['nodes'], read),
    rule('', ['pods/status'], ['patch']),
  ],
  'pv-protection-controller': [rule('', ['persistentvolumes'], [...read, 'update']), events],
  'pvc-protection-controller': [
    rule('', ['persistentvolumeclaims'], [...read, 'update']),
    rule('', ['persistentvolumeclaims/status'], update),
    rule('', ['pods'], read),
    events,
  ],
  'replicaset-controller': [
    ...owner(workloads, 'replicasets', [...read, 'update']),
    ownPods,
    events,
  ],
  'replication-controller': [
    ...owner('', 'replicationcontrollers', [...read, 'update']),
    ownPods,
    events,
  ],
  'resource-claim-controller': [
    rule('', ['pods'], read),
    rule('', ['pods/finalizers'], update),
    rule('resource.k8s.io', ['resourceclaims'], [...makeAndRemove, ...read]),
    rule('resource.k8s.io', ['resourceclaims', 'resourceclaims/status'], change),
    rule('', ['pods/status'], change),
    events,
    rule('resource.k8s.io', ['resourceclaims/binding'], change),
  ],
  'resourcequota-controller': [
    rule('*', ['*'], follow),
    rule('', ['resourcequotas/status'], update),
    events,
  ],
  'root-ca-cert-publisher': [rule('', ['configmaps'], ['create', 'update']), events],
  'route-controller': [rule('', ['nodes'], follow), rule('', ['nodes/status'], ['patch']), events],
  'selinux-warning-controller': [
    events,
    rule('', ['persistentvolumes'], read),
    rule('', ['persistentvolumeclaims'], read),
    rule('', ['pods'], read),
    rule('storage.k8s.io', ['csidrivers'], read),
  ],
  'service-account-controller': [rule('', ['serviceaccounts'], ['create']), events],
  'service-cidrs-controller': [
    rule('networking.k8s.io', ['servicecidrs'], [...read, ...change]),
    rule('networking.k8s.io', ['servicecidrs/finalizers'], change),
    rule('networking.k8s.io', ['servicecidrs/status'], change),
    rule('networking.k8s.io', ['ipaddresses'], read),
    events,
  ],
  'service-controller': [
    rule('', ['services'], read),
    rule('', ['services/status'], change),
    rule('', ['nodes'], follow),
    events,
  ],
  'statefulset-controller': [
    rule('', ['pods'], follow),
    ...owner('apps', 'statefulsets'),
    rule('', ['pods'], [...makeAndRemove, 'get', ...change]),
    revisions,
    rule('', ['persistentvolumeclaims'], ['create', ...read]),
    rule('', ['persistentvolumeclaims'], ['delete', 'update']),
    rule('', ['pods/finalizers'], update),
    events,
  ],
  'ttl-after-finished-controller': [rule('batch', ['jobs'], ['delete', ...read]), events],
  'ttl-controller': [rule('', ['nodes'], [...follow, ...change]), events],
  'validatingadmissionpolicy-status-controller': [
    rule('admissionregistration.k8s.io', ['validatingadmissionpolicies'], read),
    rule(
      'admissionregistration.k8s.io',
      ['validatingadmissionpolicies/status'],
      ['get', ...change],
    ),
    events,
  ],
  'volumeattributesclass-protection-controller': [
    rule('', ['persistentvolumeclaims'], read),
    rule('', ['persistentvolumes'], read),
    rule('storage.k8s.io', ['volumeattributesclasses'], [...read, 'update']),
    events,
  ],
}

/** The name of the controller's service account, that of its role, and what the role allows. */
export const controllerRoles = Object.entries(rules).map(([account, rules]) => ({
  account,
  name: `system:controller:${account}`,
  rules,
}))
