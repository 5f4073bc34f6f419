/** Pod: containers that share a network namespace and volumes, placed on a node as one. */

import type { Pod, PodStatus } from '../../../api/types.ts'
import { proxySubresource, statusSubresource } from '../common-subresources.ts'
import { subdomainName } from '../name-validation.ts'
import { defineResource, type Verb } from '../resource.ts'
import { keep } from '../status-strategy.ts'
import { ephemeralContainersPart } from './pod/ephemeral-containers-part.ts'
import { expandMatchLabelKeys } from './pod/match-label-keys.ts'
import { podColumns, podRowConditions } from './pod/pod-columns.ts'
import { defaultPod } from './pod/pod-defaults.ts'
import { validatePodStatusUpdate, validatePodUpdate } from './pod/pod-update-validation.ts'
import { validateNewPod, validatePod } from './pod/pod-validation.ts'
import { podWarnings } from './pod/pod-warnings.ts'
import { qosClass } from './pod/qos-class.ts'
import { resizePart } from './pod/resize-part.ts'

const core = (kind: string) => ({ group: '', version: 'v1', kind })
const streaming: Verb[] = ['create', 'get']

export const pods = defineResource<Pod>({
  ...core('Pod'),
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Pod',
  validateName: subdomainName,
  strategy: {
    returnsDeleted: true,
    default: defaultPod,
    prepareForCreate(pod) {
      pod.status = initialStatus(pod)
      expandMatchLabelKeys(pod)
    },
    prepareForUpdate(pod, old) {
      keep(pod, old, 'status')
    },
    prepareForStatusUpdate,
    validate: (pod) => [...validatePod(pod)],
    validateCreate: (pod) => [...validateNewPod(pod)],
    validateUpdate: (pod, old) => [...validatePodUpdate(pod, old)],
    validateStatusUpdate: (pod, old) => [...validatePodStatusUpdate(pod, old)],
    warnings: podWarnings,
    gracePeriodSeconds: podGracePeriod,
  },
  subresources: [
    { name: 'attach', verbs: streaming, kind: core('PodAttachOptions') },
    { name: 'binding', verbs: ['create'], kind: core('Binding') },
    {
      name: 'ephemeralcontainers',
      verbs: ['get', 'patch', 'update'],
      part: ephemeralContainersPart,
      owns: ['spec.ephemeralContainers'],
    },
    {
      name: 'eviction',
      verbs: ['create'],
      kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
    },
    { name: 'exec', verbs: streaming, kind: core('PodExecOptions') },
    { name: 'log', verbs: ['get'] },
    { name: 'portforward', verbs: streaming, kind: core('PodPortForwardOptions') },
    proxySubresource('PodProxyOptions'),
    {
      name: 'resize',
      verbs: ['get', 'patch', 'update'],
      part: resizePart,
      owns: ['containers', 'initContainers'].flatMap((list) =>
        ['resources', 'resizePolicy'].map((field) => `spec.${list}.*.${field}`),
      ),
    },
    {
      ...statusSubresource,
      resets: ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'],
    },
  ],
  fieldSelectors: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec?.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec?.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec?.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec?.hostNetwork ?? false),
    'status.phase': ({ status }) => status?.phase ?? '',
    'status.podIP': ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    'status.podIPs': ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
  },
  columns: podColumns,
  rowConditions: podRowConditions,
})

/**
 * Seconds between DELETE and the end: what the client asks, else what the pod says; none for a pod that no node runs
 * or that has finished. A negative request is one second.
 */
export function podGracePeriod(pod: Pod, requested: number | undefined): number {
  const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (!pod.spec?.nodeName || finished) return 0
  const seconds = requested ?? pod.spec.terminationGracePeriodSeconds ?? 30
  return seconds < 0 ? 1 : seconds
}

function initialStatus({ spec }: Pod): PodStatus {
  const status: PodStatus = {
    phase: 'Pending',
    qosClass: qosClass(spec ?? { containers: [] }),
  }
  if ((spec?.schedulingGates ?? []).length > 0)
    status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ]
  return status
}

/** A status writer decides nothing but the status, and cannot lose what it does not know. */
function prepareForStatusUpdate(pod: Pod, old: Pod): void {
  keep(pod, old, 'spec')
  keep(pod.metadata, old.metadata, 'ownerReferences')
  pod.status ??= {}
  pod.status.qosClass ||= old.status?.qosClass
  pod.status.observedGeneration ||= old.status?.observedGeneration
  const before = new Map((old.status?.conditions ?? []).map((one) => [one.type, one]))
  for (const condition of pod.status.conditions ?? [])
    condition.observedGeneration ||= before.get(condition.type)?.observedGeneration
}
