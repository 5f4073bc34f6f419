/**
 * The built-in kinds as TypeScript types, from the published client's interfaces, made plain: what stands in
 * JSON, so times are strings. Only types: importing the client's values costs 100 MB and 0.3 s a process.
 */

import type * as k8s from '@kubernetes/client-node'
import type { ObjectMeta } from './object.ts'

/** `T` as it stands in JSON: `Date` becomes `string`, all the way down. */
export type Plain<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Field in keyof T]: Plain<T[Field]> }
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
export type LabelSelector = Plain<k8s.V1LabelSelector>
