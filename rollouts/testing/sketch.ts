/** Rollouts drawn with a few strokes: a Deployment `web` of three with an old and a new ReplicaSet, and pods as they say. */

import type { ContainerStatus, Deployment, Event, Pod, ReplicaSet } from '../../api/types.ts'
import type { LogTail, Snapshot } from '../snapshot.ts'

type Spec = NonNullable<Deployment['spec']>

export const templateOf = (image: string): Spec['template'] => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image }] },
})

const base: Spec = {
  replicas: 3,
  selector: { matchLabels: { app: 'web' } },
  progressDeadlineSeconds: 600,
  revisionHistoryLimit: 10,
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
  template: templateOf('new'),
}

export interface Sketch {
  deployment?: object
  spec?: object
  status?: object
  /** Of the new ReplicaSet. */
  newest?: object
  pods?: Partial<Pod>[]
  oldPods?: Partial<Pod>[]
  withoutNewest?: boolean
  events?: Event[]
  logs?: LogTail[]
  now?: number
}

export const owned = (kind: string, uid: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name: uid, uid, controller: true }],
})

export function snapshot({
  deployment,
  spec,
  status,
  newest,
  pods = [],
  oldPods = [],
  withoutNewest,
  ...told
}: Sketch): Snapshot {
  const replicaSet = (name: string, image: string, ofStatus: object): ReplicaSet => ({
    metadata: {
      name,
      uid: name,
      creationTimestamp: image === 'new' ? '2' : '1',
      ...owned('Deployment', 'd'),
    },
    spec: { replicas: 3, selector: {}, template: templateOf(image) },
    status: { replicas: 3, ...ofStatus },
  })
  const podsOf = (list: Partial<Pod>[], owner: string): Pod[] =>
    list.map((pod, at) => ({
      ...pod,
      metadata: {
        name: `${owner}-${at}`,
        uid: `${owner}-${at}`,
        ...pod.metadata,
        ...owned('ReplicaSet', owner),
      },
    }))
  const whole: Deployment = {
    metadata: { namespace: 'default', name: 'web', uid: 'd', generation: 2, ...deployment },
    spec: { ...base, ...spec },
    status: {
      observedGeneration: 2,
      replicas: 3,
      updatedReplicas: 1,
      availableReplicas: 2,
      ...status,
    },
  }
  const replicaSets = [replicaSet('web-old', 'old', { availableReplicas: 2 })]
  if (!withoutNewest) replicaSets.push(replicaSet('web-new', 'new', newest ?? {}))
  return {
    ...told,
    deployment: whole,
    replicaSets,
    pods: [...podsOf(pods, 'web-new'), ...podsOf(oldPods, 'web-old')],
  }
}

export const pod = (
  state: object,
  change: Partial<ContainerStatus> = {},
  spec: object = {},
): Partial<Pod> => ({
  spec: { containers: [{ name: 'app', image: 'nope:1' }], ...spec },
  status: {
    phase: 'Running',
    containerStatuses: [
      { name: 'app', image: '', imageID: '', ready: false, restartCount: 0, state, ...change },
    ],
  },
})
export const waiting = (reason: string, message = 'm') => pod({ waiting: { reason, message } })
export const ended = (exitCode: number, reason = 'Error') => ({ terminated: { exitCode, reason } })
export const initPod = (state: object, change: Partial<ContainerStatus> = {}): Partial<Pod> => ({
  spec: { containers: [], initContainers: [{ name: 'setup', image: 's' }] },
  status: {
    initContainerStatuses: [
      { name: 'setup', image: '', imageID: '', ready: false, restartCount: 0, state, ...change },
    ],
  },
})
export const unscheduled = (message: string): Partial<Pod> => ({
  status: {
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  },
})
export const timedOut = {
  conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
}
export const rigid = {
  progressDeadlineSeconds: 600,
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
}
export const quota = (reason = 'FailedCreate') => ({
  conditions: [
    { type: 'ReplicaFailure', status: 'True', reason, message: 'exceeded quota: pods=2' },
  ],
})
