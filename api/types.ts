/**
 * The built-in kinds as TypeScript types, from the published client's interfaces, made plain: what stands in
 * JSON, so times are strings. Only types: importing the client's values costs 100 MB and 0.3 s a process.
 */

import type * as k8s from '@kubernetes/client-node'
import type { ObjectMeta } from './object.ts'

/** `T` as it stands in JSON: `Date` becomes `string`, `_from` becomes `from`, all the way down. */
export type Plain<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Field in keyof T as Field extends `_${infer Name}` ? Name : Field]: Plain<T[Field]> }
      : T

declare const nature: unique symbol

/**
 * A kind's object: plain, its metadata always there. Many kinds have the same fields, all optional; `Name`, which is
 * never there at run time, keeps the compiler from taking one for another. Without it the type is as loose as its fields.
 */
export type ObjectOf<T, Name extends string = string> = Omit<Plain<T>, 'metadata'> & {
  metadata: ObjectMeta
  apiVersion?: string
  kind?: string
} & (string extends Name ? unknown : { readonly [nature]?: Name })

export type Namespace = ObjectOf<k8s.V1Namespace, 'Namespace'>
export type Node = ObjectOf<k8s.V1Node, 'Node'>
export type Pod = ObjectOf<k8s.V1Pod, 'Pod'>
export type PodSpec = Plain<k8s.V1PodSpec>
export type PodStatus = Plain<k8s.V1PodStatus>
export type PodCondition = Plain<k8s.V1PodCondition>
export type PodTemplateSpec = Plain<k8s.V1PodTemplateSpec>
export type Container = Plain<k8s.V1Container>
export type ContainerStatus = Plain<k8s.V1ContainerStatus>
export type Probe = Plain<k8s.V1Probe>
export type Volume = Plain<k8s.V1Volume>
export type Service = ObjectOf<k8s.V1Service, 'Service'>
export type Endpoints = ObjectOf<k8s.V1Endpoints, 'Endpoints'>
export type EndpointSlice = ObjectOf<k8s.V1EndpointSlice, 'EndpointSlice'>
export type ConfigMap = ObjectOf<k8s.V1ConfigMap, 'ConfigMap'>
export type Secret = ObjectOf<k8s.V1Secret, 'Secret'>
export type ServiceAccount = ObjectOf<k8s.V1ServiceAccount, 'ServiceAccount'>
export type Event = ObjectOf<k8s.CoreV1Event>
export type Lease = ObjectOf<k8s.V1Lease, 'Lease'>
export type Deployment = ObjectOf<k8s.V1Deployment, 'Deployment'>
export type ReplicaSet = ObjectOf<k8s.V1ReplicaSet, 'ReplicaSet'>
export type ControllerRevision = ObjectOf<k8s.V1ControllerRevision, 'ControllerRevision'>
export type DaemonSet = ObjectOf<k8s.V1DaemonSet, 'DaemonSet'>
export type StatefulSet = ObjectOf<k8s.V1StatefulSet, 'StatefulSet'>
export type ReplicationController = ObjectOf<k8s.V1ReplicationController, 'ReplicationController'>
export type PodTemplate = ObjectOf<k8s.V1PodTemplate, 'PodTemplate'>
export type PersistentVolume = ObjectOf<k8s.V1PersistentVolume, 'PersistentVolume'>
export type PersistentVolumeClaim = ObjectOf<k8s.V1PersistentVolumeClaim, 'PersistentVolumeClaim'>
export type PersistentVolumeClaimSpec = Plain<k8s.V1PersistentVolumeClaimSpec>
export type ResourceQuota = ObjectOf<k8s.V1ResourceQuota, 'ResourceQuota'>
export type LimitRange = ObjectOf<k8s.V1LimitRange, 'LimitRange'>
export type ComponentStatus = ObjectOf<k8s.V1ComponentStatus, 'ComponentStatus'>
export type Job = ObjectOf<k8s.V1Job, 'Job'>
export type JobSpec = Plain<k8s.V1JobSpec>
export type CronJob = ObjectOf<k8s.V1CronJob, 'CronJob'>
export type PodDisruptionBudget = ObjectOf<k8s.V1PodDisruptionBudget, 'PodDisruptionBudget'>
export type HorizontalPodAutoscaler = ObjectOf<k8s.V2HorizontalPodAutoscaler>
export type HorizontalPodAutoscalerV1 = ObjectOf<k8s.V1HorizontalPodAutoscaler>
export type LabelSelector = Plain<k8s.V1LabelSelector>

export type Ingress = ObjectOf<k8s.V1Ingress, 'Ingress'>
export type IngressClass = ObjectOf<k8s.V1IngressClass, 'IngressClass'>
export type NetworkPolicy = ObjectOf<k8s.V1NetworkPolicy, 'NetworkPolicy'>
export type ServiceCIDR = ObjectOf<k8s.V1ServiceCIDR, 'ServiceCIDR'>
export type IPAddress = ObjectOf<k8s.V1IPAddress, 'IPAddress'>
export type StorageClass = ObjectOf<k8s.V1StorageClass, 'StorageClass'>
export type VolumeAttachment = ObjectOf<k8s.V1VolumeAttachment, 'VolumeAttachment'>
export type VolumeAttributesClass = ObjectOf<k8s.V1VolumeAttributesClass, 'VolumeAttributesClass'>
export type CSIDriver = ObjectOf<k8s.V1CSIDriver, 'CSIDriver'>
export type CSINode = ObjectOf<k8s.V1CSINode, 'CSINode'>
export type CSIStorageCapacity = ObjectOf<k8s.V1CSIStorageCapacity, 'CSIStorageCapacity'>
export type PriorityClass = ObjectOf<k8s.V1PriorityClass, 'PriorityClass'>
export type RuntimeClass = ObjectOf<k8s.V1RuntimeClass, 'RuntimeClass'>
export type Role = ObjectOf<k8s.V1Role>
export type RoleBinding = ObjectOf<k8s.V1RoleBinding>
export type ClusterRole = ObjectOf<k8s.V1ClusterRole>
export type ClusterRoleBinding = ObjectOf<k8s.V1ClusterRoleBinding>
export type PolicyRule = Plain<k8s.V1PolicyRule>
export type MutatingWebhookConfiguration = ObjectOf<
  k8s.V1MutatingWebhookConfiguration,
  'MutatingWebhookConfiguration'
>
export type ValidatingWebhookConfiguration = ObjectOf<
  k8s.V1ValidatingWebhookConfiguration,
  'ValidatingWebhookConfiguration'
>
export type ValidatingAdmissionPolicy = ObjectOf<
  k8s.V1ValidatingAdmissionPolicy,
  'ValidatingAdmissionPolicy'
>
export type ValidatingAdmissionPolicyBinding = ObjectOf<
  k8s.V1ValidatingAdmissionPolicyBinding,
  'ValidatingAdmissionPolicyBinding'
>
export type MutatingAdmissionPolicy = ObjectOf<
  k8s.V1MutatingAdmissionPolicy,
  'MutatingAdmissionPolicy'
>
export type MutatingAdmissionPolicyBinding = ObjectOf<
  k8s.V1MutatingAdmissionPolicyBinding,
  'MutatingAdmissionPolicyBinding'
>
export type APIService = ObjectOf<k8s.V1APIService, 'APIService'>
export type CertificateSigningRequest = ObjectOf<
  k8s.V1CertificateSigningRequest,
  'CertificateSigningRequest'
>
export type DeviceClass = ObjectOf<k8s.V1DeviceClass, 'DeviceClass'>
export type ResourceClaim = ObjectOf<k8s.ResourceV1ResourceClaim, 'ResourceClaim'>
export type ResourceClaimTemplate = ObjectOf<k8s.V1ResourceClaimTemplate, 'ResourceClaimTemplate'>
export type ResourceSlice = ObjectOf<k8s.V1ResourceSlice, 'ResourceSlice'>
export type TokenRequest = ObjectOf<k8s.AuthenticationV1TokenRequest, 'TokenRequest'>
export type TokenReview = ObjectOf<k8s.V1TokenReview, 'TokenReview'>
export type SelfSubjectReview = ObjectOf<k8s.V1SelfSubjectReview, 'SelfSubjectReview'>
export type SubjectAccessReview = ObjectOf<k8s.V1SubjectAccessReview, 'SubjectAccessReview'>
export type SelfSubjectAccessReview = ObjectOf<
  k8s.V1SelfSubjectAccessReview,
  'SelfSubjectAccessReview'
>
export type LocalSubjectAccessReview = ObjectOf<
  k8s.V1LocalSubjectAccessReview,
  'LocalSubjectAccessReview'
>
export type SelfSubjectRulesReview = ObjectOf<
  k8s.V1SelfSubjectRulesReview,
  'SelfSubjectRulesReview'
>
export type EventsEvent = ObjectOf<k8s.EventsV1Event>
export type FlowSchema = ObjectOf<k8s.V1FlowSchema, 'FlowSchema'>
export type PriorityLevelConfiguration = ObjectOf<
  k8s.V1PriorityLevelConfiguration,
  'PriorityLevelConfiguration'
>
