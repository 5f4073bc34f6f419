/** HorizontalPodAutoscaler: as many replicas of something as its load asks for. Stored as version 2 knows it. */

import type { HorizontalPodAutoscaler } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { type Column, defineResource, type Strategy } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import { defaultAutoscaler } from './horizontal-pod-autoscaler-defaults.ts'
import {
  validateAutoscaler,
  validateAutoscalerStatus,
} from './horizontal-pod-autoscaler-validation.ts'
import { formatMetrics } from './metric-text.ts'

export const autoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  ...statusStrategy<HorizontalPodAutoscaler>(() => ({ desiredReplicas: 0 })),
  generation: false,
  default: defaultAutoscaler,
  validateCreate: (autoscaler) => [...validateAutoscaler(autoscaler, 1)],
  validateUpdate: (autoscaler, old) => [
    ...validateAutoscaler(autoscaler, old.spec?.minReplicas === 0 ? 0 : 1),
  ],
  validateStatusUpdate: (autoscaler) => [...validateAutoscalerStatus(autoscaler)],
}

export const autoscalerColumns: Column<HorizontalPodAutoscaler>[] = [
  nameColumn,
  {
    name: 'Reference',
    type: 'string',
    description: 'What it scales.',
    cell: ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
  },
  {
    name: 'Targets',
    type: 'string',
    description: 'Each metric as it is, and as it should be.',
    cell: ({ spec, status }) => formatMetrics(spec?.metrics, status?.currentMetrics),
  },
  {
    name: 'MinPods',
    type: 'string',
    description: 'The fewest replicas.',
    cell: ({ spec }) => String(spec?.minReplicas ?? '<unset>'),
  },
  {
    name: 'MaxPods',
    type: 'string',
    description: 'The most replicas.',
    cell: ({ spec }) => spec?.maxReplicas ?? 0,
  },
  {
    name: 'Replicas',
    type: 'string',
    description: 'Replicas there are.',
    cell: ({ status }) => status?.currentReplicas ?? 0,
  },
  ageColumn,
]

/** What both versions are called. */
export const autoscalerNames = {
  group: 'autoscaling',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  subresources: [statusSubresource],
}

export const horizontalPodAutoscalers = defineResource<HorizontalPodAutoscaler>({
  ...autoscalerNames,
  version: 'v2',
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  strategy: autoscalerStrategy,
  columns: autoscalerColumns,
})
