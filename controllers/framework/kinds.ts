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
