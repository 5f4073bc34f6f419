/** A recording made by hand: `web` of two gets an image that is not there, and alice takes it back. One second a revision. */

import type { KubernetesObject } from '../../../../api/object.ts'
import type { WriteRecord } from '../../../../api/write-record.ts'
import { type Line, recordingFormat } from '../../../../recordings/recording.ts'

const start = Date.parse('2026-01-01T12:00:00Z')
export const at = (revision: number): string => new Date(start + revision * 1000).toISOString()

const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image, env: [{ name: 'KEY', value: 'precious' }] }] },
})
const owned = (kind: string, name: string) => [
  { apiVersion: 'apps/v1', kind, name, uid: name, controller: true },
]
const meta = (name: string, revision: number, more: object = {}) => ({
  namespace: 'default',
  name,
  uid: name,
  resourceVersion: String(revision),
  creationTimestamp: at(1),
  ...more,
})

export const deployment = (revision: number, image: string, name = 'web') =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(name, revision, { generation: revision }),
    spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: template(image) },
    status: { observedGeneration: revision, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
  }) as unknown as KubernetesObject

const replicaSet = (revision: number, name: string, image: string, replicas: number) =>
  ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta(name, revision, {
      ownerReferences: owned('Deployment', 'web'),
      labels: { 'pod-template-hash': name.slice(4) },
    }),
    spec: { replicas, selector: {}, template: template(image) },
  }) as unknown as KubernetesObject

const pod = (revision: number, name: string, owner: string, status: object) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(name, revision, { ownerReferences: owned('ReplicaSet', owner) }),
    spec: template('').spec,
    status,
  }) as unknown as KubernetesObject

const ready = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at(0) }],
}
const unpulled = {
  phase: 'Pending',
  containerStatuses: [
    {
      name: 'web',
      image: 'web:bad',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: 'ErrImagePull', message: 'not found' } },
    },
  ],
}

const alice = (revision: number): WriteRecord => ({
  at: at(revision),
  verb: 'patch',
  user: 'alice',
  userAgent: 'kubectl/v1.36.0 (linux)',
  fieldManager: 'kubectl-set',
  requestId: String(revision),
})

const put = (revision: number, object: KubernetesObject, by?: WriteRecord): Line => ({
  type: 'PUT',
  revision,
  at: at(revision),
  object,
  ...(by && { by }),
})

/** Revisions at which something worth a stop happens: the bad image, and the way back. */
export const [broken, mended] = [5, 8] as const

export const story = (): Line[] => [
  {
    type: 'HEADER',
    format: recordingFormat,
    server: 'v1.36.0',
    namespace: 'default',
    resources: ['deployments.apps', 'replicasets.apps', 'pods', 'events'],
    edge: { revision: 4, at: at(4) },
  },
  {
    type: 'KEYFRAME',
    revision: 4,
    at: at(4),
    objects: [
      pod(3, 'web-old-1', 'web-old', ready),
      pod(4, 'web-old-2', 'web-old', ready),
      replicaSet(2, 'web-old', 'web:1.2', 2),
      deployment(1, 'web:1.2'),
      deployment(1, 'other:1', 'other'),
    ],
  },
  put(broken, deployment(broken, 'web:bad'), alice(broken)),
  put(6, replicaSet(6, 'web-new', 'web:bad', 1)),
  put(7, pod(7, 'web-new-1', 'web-new', unpulled)),
  put(mended, deployment(mended, 'web:1.2'), alice(mended)),
  put(9, deployment(9, 'other:2', 'other')),
  {
    type: 'DELETE',
    revision: 10,
    at: at(10),
    object: pod(7, 'web-new-1', 'web-new', unpulled),
  },
  { type: 'END', revision: 12, at: at(12) },
]
