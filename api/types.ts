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

/** A kind's object: plain, its metadata always there. */
export type ObjectOf<T> = Omit<Plain<T>, 'metadata'> & {
  metadata: ObjectMeta
  apiVersion?: string
  kind?: string
}

export type Namespace = ObjectOf<k8s.V1Namespace>
export type Node = ObjectOf<k8s.V1Node>
export type Pod = ObjectOf<k8s.V1Pod>
export type PodSpec = Plain<k8s.V1PodSpec>
export type PodStatus = Plain<k8s.V1PodStatus>
export type PodCondition = Plain<k8s.V1PodCondition>
export type PodTemplateSpec = Plain<k8s.V1PodTemplateSpec>
export type Container = Plain<k8s.V1Container>
export type ContainerStatus = Plain<k8s.V1ContainerStatus>
export type Probe = Plain<k8s.V1Probe>
export type Volume = Plain<k8s.V1Volume>
export type Service = ObjectOf<k8s.V1Service>
export type Endpoints = ObjectOf<k8s.V1Endpoints>
export type EndpointSlice = ObjectOf<k8s.V1EndpointSlice>
export type ConfigMap = ObjectOf<k8s.V1ConfigMap>
export type Secret = ObjectOf<k8s.V1Secret>
export type ServiceAccount = ObjectOf<k8s.V1ServiceAccount>
export type Event = ObjectOf<k8s.CoreV1Event>
export type Lease = ObjectOf<k8s.V1Lease>
export type Deployment = ObjectOf<k8s.V1Deployment>
export type ReplicaSet = ObjectOf<k8s.V1ReplicaSet>
export type ControllerRevision = ObjectOf<k8s.V1ControllerRevision>
export type DaemonSet = ObjectOf<k8s.V1DaemonSet>
export type StatefulSet = ObjectOf<k8s.V1StatefulSet>
export type ReplicationController = ObjectOf<k8s.V1ReplicationController>
export type PodTemplate = ObjectOf<k8s.V1PodTemplate>
export type PersistentVolume = ObjectOf<k8s.V1PersistentVolume>
export type PersistentVolumeClaim = ObjectOf<k8s.V1PersistentVolumeClaim>
export type PersistentVolumeClaimSpec = Plain<k8s.V1PersistentVolumeClaimSpec>
export type ResourceQuota = ObjectOf<k8s.V1ResourceQuota>
export type LimitRange = ObjectOf<k8s.V1LimitRange>
export type ComponentStatus = ObjectOf<k8s.V1ComponentStatus>
export type Job = ObjectOf<k8s.V1Job>
export type JobSpec = Plain<k8s.V1JobSpec>
export type CronJob = ObjectOf<k8s.V1CronJob>
export type PodDisruptionBudget = ObjectOf<k8s.V1PodDisruptionBudget>
export type HorizontalPodAutoscaler = ObjectOf<k8s.V2HorizontalPodAutoscaler>
export type HorizontalPodAutoscalerV1 = ObjectOf<k8s.V1HorizontalPodAutoscaler>
export type LabelSelector = Plain<k8s.V1LabelSelector>

export type Ingress = ObjectOf<k8s.V1Ingress>
export type IngressClass = ObjectOf<k8s.V1IngressClass>
export type NetworkPolicy = ObjectOf<k8s.V1NetworkPolicy>
export type ServiceCIDR = ObjectOf<k8s.V1ServiceCIDR>
export type IPAddress = ObjectOf<k8s.V1IPAddress>
export type StorageClass = ObjectOf<k8s.V1StorageClass>
export type VolumeAttachment = ObjectOf<k8s.V1VolumeAttachment>
export type VolumeAttributesClass = ObjectOf<k8s.V1VolumeAttributesClass>
export type CSIDriver = ObjectOf<k8s.V1CSIDriver>
export type CSINode = ObjectOf<k8s.V1CSINode>
export type CSIStorageCapacity = ObjectOf<k8s.V1CSIStorageCapacity>
export type PriorityClass = ObjectOf<k8s.V1PriorityClass>
export type RuntimeClass = ObjectOf<k8s.V1RuntimeClass>
export type Role = ObjectOf<k8s.V1Role>
export type RoleBinding = ObjectOf<k8s.V1RoleBinding>
export type ClusterRole = ObjectOf<k8s.V1ClusterRole>
export type ClusterRoleBinding = ObjectOf<k8s.V1ClusterRoleBinding>
export type PolicyRule = Plain<k8s.V1PolicyRule>
export type MutatingWebhookConfiguration = ObjectOf<k8s.V1MutatingWebhookConfiguration>
export type ValidatingWebhookConfiguration = ObjectOf<k8s.V1ValidatingWebhookConfiguration>
export type ValidatingAdmissionPolicy = ObjectOf<k8s.V1ValidatingAdmissionPolicy>
export type ValidatingAdmissionPolicyBinding = ObjectOf<k8s.V1ValidatingAdmissionPolicyBinding>
export type MutatingAdmissionPolicy = ObjectOf<k8s.V1MutatingAdmissionPolicy>
export type MutatingAdmissionPolicyBinding = ObjectOf<k8s.V1MutatingAdmissionPolicyBinding>
export type APIService = ObjectOf<k8s.V1APIService>
export type CertificateSigningRequest = ObjectOf<k8s.V1CertificateSigningRequest>
export type DeviceClass = ObjectOf<k8s.V1DeviceClass>
export type ResourceClaim = ObjectOf<k8s.ResourceV1ResourceClaim>
export type ResourceClaimTemplate = ObjectOf<k8s.V1ResourceClaimTemplate>
export type ResourceSlice = ObjectOf<k8s.V1ResourceSlice>
export type TokenRequest = ObjectOf<k8s.AuthenticationV1TokenRequest>
export type TokenReview = ObjectOf<k8s.V1TokenReview>
export type SelfSubjectReview = ObjectOf<k8s.V1SelfSubjectReview>
export type SubjectAccessReview = ObjectOf<k8s.V1SubjectAccessReview>
export type SelfSubjectAccessReview = ObjectOf<k8s.V1SelfSubjectAccessReview>
export type LocalSubjectAccessReview = ObjectOf<k8s.V1LocalSubjectAccessReview>
export type SelfSubjectRulesReview = ObjectOf<k8s.V1SelfSubjectRulesReview>
export type EventsEvent = ObjectOf<k8s.EventsV1Event>
export type FlowSchema = ObjectOf<k8s.V1FlowSchema>
export type PriorityLevelConfiguration = ObjectOf<k8s.V1PriorityLevelConfiguration>
