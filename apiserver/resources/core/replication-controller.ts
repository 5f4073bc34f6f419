/** ReplicationController: so many pods of one template, chosen by exact labels; what ReplicaSets replaced. */

import type { ReplicationController } from '../../../api/types.ts'
import { validateReplicaCounts } from '../apps/replica-counts-validation.ts'
import {
  ageColumn,
  formatLabels,
  nameColumn,
  replicaColumns,
  templateColumns,
} from '../common-columns.ts'
import { replicaScale, scaleSubresource, statusSubresource } from '../common-subresources.ts'
import { type FieldErrors, nonNegative, required } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import { defaultPodSpec } from './pod/pod-template-defaults.ts'
import {
  validateEverRunning,
  validatePodTemplate,
  validateSelected,
} from './pod/pod-template-validation.ts'
import { workloadWarnings } from './pod/pod-warnings.ts'

type Labels = Record<string, string>

const isEmpty = (labels: Labels | undefined) => Object.keys(labels ?? {}).length === 0

/** Selector and labels are those of the template where nothing else is said. */
function defaultController({ metadata, spec }: ReplicationController): void {
  if (!spec) return
  spec.replicas ??= 1
  if (spec.template?.spec) defaultPodSpec(spec.template.spec)
  const labels = spec.template?.metadata?.labels
  if (!labels) return
  if (isEmpty(spec.selector)) spec.selector = { ...labels }
  if (isEmpty(metadata.labels)) metadata.labels = { ...labels }
}

function* validateController({ spec }: ReplicationController): FieldErrors {
  if (!spec) return yield required('spec')
  yield* nonNegative('spec.minReadySeconds', spec.minReadySeconds)
  if (isEmpty(spec.selector)) yield required('spec.selector')
  yield* nonNegative('spec.replicas', spec.replicas)
  const { template, selector } = spec
  if (!template) return yield required('spec.template')
  yield* validateSelected({ matchLabels: selector ?? {} }, template, 'spec.template')
  yield* validatePodTemplate(template, 'spec.template')
  yield* validateEverRunning(template, 'spec.template', 'ReplicationController')
}

/** As clients send it in `labelSelector=`. */
const selectorText = (selector: Labels | undefined) =>
  isEmpty(selector) ? '' : formatLabels(selector)

export const replicationControllers = defineResource<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ReplicationController',
  strategy: {
    ...statusStrategy<ReplicationController>(() => ({ replicas: 0 })),
    orphansByDefault: {},
    default: defaultController,
    validate: (controller) => [...validateController(controller)],
    warnings: (controller, old) => workloadWarnings(controller, old, controller.spec?.template),
    validateStatusUpdate: ({ status }) => [
      ...validateReplicaCounts(status ?? {}, [
        'fullyLabeledReplicas',
        'readyReplicas',
        'availableReplicas',
      ]),
    ],
  },
  subresources: [scaleSubresource, statusSubresource],
  fieldSelectors: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  scale: replicaScale(selectorText),
  columns: [
    nameColumn,
    ...replicaColumns,
    ageColumn,
    ...templateColumns,
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'The labels of its pods.',
      cell: ({ spec }) => formatLabels(spec?.selector),
    },
  ],
})
