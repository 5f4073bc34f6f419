/** HorizontalPodAutoscaler in version 1: the same objects in the older form, under the rules of the newer. */

import { cloneJson } from '../../../api/json-text.ts'
import type { KubernetesObject } from '../../../api/object.ts'
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from '../../../api/types.ts'
import { defineResource, type StorageForm, type Strategy } from '../resource.ts'
import {
  autoscalerColumns,
  autoscalerNames,
  autoscalerStrategy,
  horizontalPodAutoscalers,
} from './horizontal-pod-autoscaler.ts'
import { fromV1, toV1 } from './v1-form.ts'

type Stored = HorizontalPodAutoscaler
type Shown = HorizontalPodAutoscalerV1

/** Changes an object as `change` changes it in the form in which it is stored. */
function throughStored(shown: Shown, change: (stored: Stored) => void): void {
  const stored = cloneJson(fromV1(shown))
  change(stored)
  const changed: Record<string, unknown> = { ...toV1(stored) }
  const own = shown as unknown as Record<string, unknown>
  for (const key of Object.keys(own)) delete own[key]
  Object.assign(own, changed)
}

const { prepareForCreate, prepareForUpdate, prepareForStatusUpdate } = autoscalerStrategy
const { validateCreate, validateUpdate, validateStatusUpdate } = autoscalerStrategy

const strategy: Strategy<Shown> = {
  generation: false,
  default: (shown) => throughStored(shown, (stored) => autoscalerStrategy.default?.(stored)),
  prepareForCreate: (shown, context) =>
    throughStored(shown, (stored) => prepareForCreate?.(stored, context)),
  prepareForUpdate: (shown, old, context) =>
    throughStored(shown, (stored) => prepareForUpdate?.(stored, fromV1(old), context)),
  prepareForStatusUpdate: (shown, old, context) =>
    throughStored(shown, (stored) => prepareForStatusUpdate?.(stored, fromV1(old), context)),
  validateCreate: (shown) => validateCreate?.(fromV1(shown)) ?? [],
  validateUpdate: (shown, old) => validateUpdate?.(fromV1(shown), fromV1(old)) ?? [],
  validateStatusUpdate: (shown, old) => validateStatusUpdate?.(fromV1(shown), fromV1(old)) ?? [],
}

const storage: StorageForm = {
  stored: horizontalPodAutoscalers,
  read: (objects) =>
    objects.map((object) => toV1(object as unknown as Stored) as unknown as KubernetesObject),
  write: (object) => fromV1(object as unknown as Shown) as unknown as KubernetesObject,
}

export const horizontalPodAutoscalersV1 = defineResource<Shown>({
  ...autoscalerNames,
  version: 'v1',
  schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  storage,
  strategy,
  columns: autoscalerColumns.map((column) => ({
    ...column,
    cell: (shown: Shown, context: { now: number }) => column.cell(fromV1(shown), context),
  })),
})
