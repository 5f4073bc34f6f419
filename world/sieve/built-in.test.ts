/** The controllers that come with the house, in bounded searches. */

import { deploymentController } from '../../controllers/deployment/index.ts'
import {
  endpointSliceController,
  endpointsController,
} from '../../controllers/endpointslice/index.ts'
import {
  ConfigMap,
  type Controller,
  Deployment,
  Namespace,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from '../../controllers/framework/index.ts'
import { replicaSetController } from '../../controllers/replicaset/index.ts'
import { ServiceCIDR } from '../../controllers/servicecidr/index.ts'
import { create, patch, remove, type Subject } from './index.ts'
import { claim, pod } from './known-bugs/workloads.ts'
import { carriedOut } from './testing/carried-out.ts'

const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image }] },
})
const ready = {
  phase: 'Running',
  podIP: '10.0.0.1',
  podIPs: [{ ip: '10.0.0.1' }],
  conditions: [{ type: 'Ready', status: 'True' }],
}
const ownedBy = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name,
  uid: '00000000-0000-4000-8000-000000000000',
})

const subjects: Record<string, Subject> = {
  'a rollout': {
    controllers: [deploymentController, replicaSetController] as Controller[],
    builtIn: ['scheduler', 'garbage-collector'],
    nodes: 1,
    // Revisions are counted.
    except: ['rollback'],
    scenario: [
      create(Deployment, {
        metadata: { name: 'web' },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'web' } },
          template: template('web:1'),
        },
      }),
      patch(Deployment, 'web', { spec: { template: template('web:2') } }),
      remove(Deployment, 'web'),
    ],
  },
  'the endpoints of a service': {
    controllers: [endpointSliceController, endpointsController] as Controller[],
    scenario: [
      create(Pod, { ...pod('a', { app: 'web' }) }),
      create(Service, {
        metadata: { name: 'web' },
        spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
      }),
      patch(Pod, 'a', { status: ready }, 'status'),
      patch(Service, 'web', { spec: { ports: [{ port: 81 }] } }),
      remove(Service, 'web'),
    ],
  },
  'garbage collection': {
    process: 'built-in',
    builtIn: ['garbage-collector'],
    reads: [ConfigMap, Secret],
    scenario: [
      create(ConfigMap, { metadata: { name: 'owner' } }),
      create(Secret, { metadata: { name: 'orphan', ownerReferences: [ownedBy('owner')] } }),
      remove(ConfigMap, 'owner'),
    ],
  },
  'the end of a namespace': {
    process: 'built-in',
    builtIn: ['namespace'],
    reads: [Namespace],
    scenario: [
      create(Namespace, { metadata: { name: 'going' } }),
      create(Secret, { metadata: { namespace: 'going', name: 'inside' } }),
      remove(Namespace, 'going'),
    ],
  },
  'accounts of namespaces': {
    process: 'built-in',
    builtIn: ['serviceaccount'],
    // Where later things are seen, an account that came and went unseen is made again when all namespaces are looked at.
    except: ['unobserved'],
    reads: [Namespace, ServiceAccount],
    scenario: [
      create(Namespace, { metadata: { name: 'new' } }),
      remove(ServiceAccount, 'new/default'),
    ],
  },
  budgets: {
    process: 'built-in',
    builtIn: ['disruption'],
    reads: [PodDisruptionBudget, Pod],
    scenario: [
      create(PodDisruptionBudget, {
        metadata: { name: 'web' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
      }),
      create(Pod, pod('a', { app: 'web' })),
      patch(Pod, 'a', { status: ready }, 'status'),
      patch(PodDisruptionBudget, 'web', { spec: { minAvailable: 0 } }),
    ],
  },
  quotas: {
    process: 'built-in',
    builtIn: ['resourcequota'],
    reads: [ResourceQuota, Pod],
    scenario: [
      create(ResourceQuota, { metadata: { name: 'few' }, spec: { hard: { pods: '2' } } }),
      create(Pod, pod('a')),
      patch(ResourceQuota, 'few', { spec: { hard: { pods: '3' } } }),
      remove(Pod, 'a'),
    ],
  },
  'ranges of services': {
    process: 'built-in',
    builtIn: ['service-cidr'],
    reads: [ServiceCIDR],
    scenario: [
      create(ServiceCIDR, { metadata: { name: 'more' }, spec: { cidrs: ['10.97.0.0/24'] } }),
      create(Service, {
        metadata: { name: 'web' },
        spec: { clusterIP: '10.97.0.7', ports: [{ port: 80 }] },
      }),
      remove(ServiceCIDR, 'more'),
      remove(Service, 'web'),
    ],
  },
  'volumes in use': {
    process: 'built-in',
    builtIn: ['volume-protection'],
    reads: [PersistentVolumeClaim, Pod],
    scenario: [
      create(PersistentVolumeClaim, claim('data')),
      create(Pod, {
        ...pod('user'),
        spec: {
          ...pod('user').spec!,
          nodeName: 'node',
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
        },
      }),
      remove(PersistentVolumeClaim, 'data'),
      patch(Pod, 'user', { status: { phase: 'Succeeded' } }, 'status'),
    ],
  },
}

describe('built-in controllers, whatever goes wrong', function () {
  this.timeout(180_000)
  carriedOut(subjects, 20)
})
