/** The built-in kinds that controllers use: a value to address them by, and under the same name the type of their objects. */

import type * as api from '../../api/types.ts'
import type { Kind } from './kind.ts'

const core = { group: '', version: 'v1' } as const
const apps = { group: 'apps', version: 'v1' } as const

export type Namespace = api.Namespace
export const Namespace: Kind<api.Namespace> = {
  ...core,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
}
export type Node = api.Node
export const Node: Kind<api.Node> = { ...core, kind: 'Node', plural: 'nodes', namespaced: false }
export type Pod = api.Pod
export const Pod: Kind<api.Pod> = { ...core, kind: 'Pod', plural: 'pods', namespaced: true }
export type Service = api.Service
export const Service: Kind<api.Service> = {
  ...core,
  kind: 'Service',
  plural: 'services',
  namespaced: true,
}
export type Endpoints = api.Endpoints
export const Endpoints: Kind<api.Endpoints> = {
  ...core,
  kind: 'Endpoints',
  plural: 'endpoints',
  namespaced: true,
}
export type ConfigMap = api.ConfigMap
export const ConfigMap: Kind<api.ConfigMap> = {
  ...core,
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
}
export type Secret = api.Secret
export const Secret: Kind<api.Secret> = {
  ...core,
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
}
export type ServiceAccount = api.ServiceAccount
export const ServiceAccount: Kind<api.ServiceAccount> = {
  ...core,
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
}
export type Event = api.Event
export const Event: Kind<api.Event> = { ...core, kind: 'Event', plural: 'events', namespaced: true }
export type EndpointSlice = api.EndpointSlice
export const EndpointSlice: Kind<api.EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
}
export type Lease = api.Lease
export const Lease: Kind<api.Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
}
export type Deployment = api.Deployment
export const Deployment: Kind<api.Deployment> = {
  ...apps,
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
}
export type ReplicaSet = api.ReplicaSet
export const ReplicaSet: Kind<api.ReplicaSet> = {
  ...apps,
  kind: 'ReplicaSet',
  plural: 'replicasets',
  namespaced: true,
}
export type ControllerRevision = api.ControllerRevision
export const ControllerRevision: Kind<api.ControllerRevision> = {
  ...apps,
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
}
export type StatefulSet = api.StatefulSet
export const StatefulSet: Kind<api.StatefulSet> = {
  ...apps,
  kind: 'StatefulSet',
  plural: 'statefulsets',
  namespaced: true,
}
export type ReplicationController = api.ReplicationController
export const ReplicationController: Kind<api.ReplicationController> = {
  ...core,
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  namespaced: true,
}
export type PodDisruptionBudget = api.PodDisruptionBudget
export const PodDisruptionBudget: Kind<api.PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
}
export type PersistentVolumeClaim = api.PersistentVolumeClaim
export const PersistentVolumeClaim: Kind<api.PersistentVolumeClaim> = {
  ...core,
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  namespaced: true,
}
export type PersistentVolume = api.PersistentVolume
export const PersistentVolume: Kind<api.PersistentVolume> = {
  ...core,
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  namespaced: false,
}
export type ResourceQuota = api.ResourceQuota
export const ResourceQuota: Kind<api.ResourceQuota> = {
  ...core,
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
}
export type DaemonSet = api.DaemonSet
export const DaemonSet: Kind<api.DaemonSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespaced: true,
}
export type LimitRange = api.LimitRange
export const LimitRange: Kind<api.LimitRange> = {
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  namespaced: true,
}
export type PodTemplate = api.PodTemplate
export const PodTemplate: Kind<api.PodTemplate> = {
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
}
export type Job = api.Job
export const Job: Kind<api.Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
}
export type CronJob = api.CronJob
export const CronJob: Kind<api.CronJob> = {
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  namespaced: true,
}
export type HorizontalPodAutoscaler = api.HorizontalPodAutoscaler
export const HorizontalPodAutoscaler: Kind<api.HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  namespaced: true,
}
export type Ingress = api.Ingress
export const Ingress: Kind<api.Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  namespaced: true,
}
export type IngressClass = api.IngressClass
export const IngressClass: Kind<api.IngressClass> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
}
export type NetworkPolicy = api.NetworkPolicy
export const NetworkPolicy: Kind<api.NetworkPolicy> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
}
export type StorageClass = api.StorageClass
export const StorageClass: Kind<api.StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
}
export type PriorityClass = api.PriorityClass
export const PriorityClass: Kind<api.PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  namespaced: false,
}
export type Role = api.Role
export const Role: Kind<api.Role> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
}
export type RoleBinding = api.RoleBinding
export const RoleBinding: Kind<api.RoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
}
export type ClusterRole = api.ClusterRole
export const ClusterRole: Kind<api.ClusterRole> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
}
export type ClusterRoleBinding = api.ClusterRoleBinding
export const ClusterRoleBinding: Kind<api.ClusterRoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
}
export type MutatingWebhookConfiguration = api.MutatingWebhookConfiguration
export const MutatingWebhookConfiguration: Kind<api.MutatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  namespaced: false,
}
export type ValidatingWebhookConfiguration = api.ValidatingWebhookConfiguration
export const ValidatingWebhookConfiguration: Kind<api.ValidatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  namespaced: false,
}
export type ValidatingAdmissionPolicy = api.ValidatingAdmissionPolicy
export const ValidatingAdmissionPolicy: Kind<api.ValidatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  namespaced: false,
}
export type ValidatingAdmissionPolicyBinding = api.ValidatingAdmissionPolicyBinding
export const ValidatingAdmissionPolicyBinding: Kind<api.ValidatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  namespaced: false,
}
export type APIService = api.APIService
export const APIService: Kind<api.APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  namespaced: false,
}
export type CertificateSigningRequest = api.CertificateSigningRequest
export const CertificateSigningRequest: Kind<api.CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  namespaced: false,
}
