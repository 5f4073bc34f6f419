/** The built-in kinds that controllers use. */

import type * as api from '../../api/types.ts'
import type { Kind } from './kind.ts'

const core = { group: '', version: 'v1' } as const
const apps = { group: 'apps', version: 'v1' } as const

export const Namespace: Kind<api.Namespace> = {
  ...core,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
}
export const Node: Kind<api.Node> = { ...core, kind: 'Node', plural: 'nodes', namespaced: false }
export const Pod: Kind<api.Pod> = { ...core, kind: 'Pod', plural: 'pods', namespaced: true }
export const Service: Kind<api.Service> = {
  ...core,
  kind: 'Service',
  plural: 'services',
  namespaced: true,
}
export const Endpoints: Kind<api.Endpoints> = {
  ...core,
  kind: 'Endpoints',
  plural: 'endpoints',
  namespaced: true,
}
export const ConfigMap: Kind<api.ConfigMap> = {
  ...core,
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
}
export const Secret: Kind<api.Secret> = {
  ...core,
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
}
export const ServiceAccount: Kind<api.ServiceAccount> = {
  ...core,
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
}
export const Event: Kind<api.Event> = { ...core, kind: 'Event', plural: 'events', namespaced: true }
export const EndpointSlice: Kind<api.EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
}
export const Lease: Kind<api.Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
}
export const Deployment: Kind<api.Deployment> = {
  ...apps,
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
}
export const ReplicaSet: Kind<api.ReplicaSet> = {
  ...apps,
  kind: 'ReplicaSet',
  plural: 'replicasets',
  namespaced: true,
}
export const ControllerRevision: Kind<api.ControllerRevision> = {
  ...apps,
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
}
export const StatefulSet: Kind<api.StatefulSet> = {
  ...apps,
  kind: 'StatefulSet',
  plural: 'statefulsets',
  namespaced: true,
}
export const ReplicationController: Kind<api.ReplicationController> = {
  ...core,
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  namespaced: true,
}
export const PodDisruptionBudget: Kind<api.PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
}
export const PersistentVolumeClaim: Kind<api.PersistentVolumeClaim> = {
  ...core,
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  namespaced: true,
}
export const PersistentVolume: Kind<api.PersistentVolume> = {
  ...core,
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  namespaced: false,
}
export const ResourceQuota: Kind<api.ResourceQuota> = {
  ...core,
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
}
export const DaemonSet: Kind<api.DaemonSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespaced: true,
}
export const LimitRange: Kind<api.LimitRange> = {
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  namespaced: true,
}
export const PodTemplate: Kind<api.PodTemplate> = {
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
}
export const Job: Kind<api.Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
}
export const CronJob: Kind<api.CronJob> = {
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  namespaced: true,
}
export const HorizontalPodAutoscaler: Kind<api.HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  namespaced: true,
}
export const Ingress: Kind<api.Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  namespaced: true,
}
export const IngressClass: Kind<api.IngressClass> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
}
export const NetworkPolicy: Kind<api.NetworkPolicy> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
}
export const StorageClass: Kind<api.StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
}
export const PriorityClass: Kind<api.PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  namespaced: false,
}
export const Role: Kind<api.Role> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
}
export const RoleBinding: Kind<api.RoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
}
export const ClusterRole: Kind<api.ClusterRole> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
}
export const ClusterRoleBinding: Kind<api.ClusterRoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
}
export const MutatingWebhookConfiguration: Kind<api.MutatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  namespaced: false,
}
export const ValidatingWebhookConfiguration: Kind<api.ValidatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  namespaced: false,
}
export const ValidatingAdmissionPolicy: Kind<api.ValidatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  namespaced: false,
}
export const ValidatingAdmissionPolicyBinding: Kind<api.ValidatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  namespaced: false,
}
export const APIService: Kind<api.APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  namespaced: false,
}
export const CertificateSigningRequest: Kind<api.CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  namespaced: false,
}
