/** Templates of pods as workloads carry them, and that a workload finds the pods which it makes. */

import type { LabelSelector, PodTemplateSpec } from '../../../../api/types.ts'
import { type FieldErrors, forbidden, invalid, notSupported, required } from '../../field-errors.ts'
import {
  isEmptySelector,
  labelsMatch,
  validateLabelSelector,
  validateLabels,
} from '../../label-selector-validation.ts'
import { qualifiedNameProblems } from '../../name-validation.ts'
import { validatePodAnnotations, validatePodSpec } from './pod-validation.ts'

export function* validatePodTemplate(
  template: PodTemplateSpec | undefined,
  field: string,
): FieldErrors {
  if (!template?.spec) return yield required(`${field}.spec`)
  const { metadata = {}, spec } = template
  yield* validateLabels(metadata.labels, `${field}.labels`)
  for (const key of Object.keys(metadata.annotations ?? {}))
    for (const problem of qualifiedNameProblems(key.toLowerCase()))
      yield invalid(`${field}.annotations`, key, problem)
  yield* validatePodAnnotations(metadata.annotations, spec, `${field}.annotations`)
  yield* validatePodSpec(spec, `${field}.spec`, { isPod: false })
  if ((spec.ephemeralContainers ?? []).length > 0)
    yield forbidden(
      `${field}.spec.ephemeralContainers`,
      'ephemeral containers not allowed in pod template',
    )
}

/** A kind's name in messages about its pods (`ReplicaSet`), and in those about its selector (`deployment`). */
export interface WorkloadNames {
  pods: string
  selector: string
}

/** A selector and the template of the pods that it must select; the pods run for ever. */
export function* validateSelectedTemplate(
  spec: { selector?: LabelSelector; template?: PodTemplateSpec },
  field: string,
  names: WorkloadNames,
): FieldErrors {
  const { selector, template } = spec
  if (!selector) yield required(`${field}.selector`)
  else {
    yield* validateLabelSelector(selector, `${field}.selector`)
    if (isEmptySelector(selector))
      yield invalid(
        `${field}.selector`,
        selector,
        `empty selector is invalid for ${names.selector}`,
      )
    if (labelsMatch(selector, template?.metadata?.labels) === undefined)
      yield invalid(`${field}.selector`, selector, 'invalid label selector')
    yield* validateSelected(selector, template, `${field}.template`)
  }
  yield* validatePodTemplate(template, `${field}.template`)
  yield* validateEverRunning(template, `${field}.template`, names.pods)
}

/** The template's labels are such as the selector selects; a malformed selector is told elsewhere. */
export function* validateSelected(
  selector: LabelSelector,
  template: PodTemplateSpec | undefined,
  field: string,
): FieldErrors {
  const labels = template?.metadata?.labels
  if (labelsMatch(selector, labels) === false)
    yield invalid(
      `${field}.metadata.labels`,
      labels ?? null,
      '`selector` does not match template `labels`',
    )
}

/** Pods that are replaced when they end, so that they never end by themselves. */
export function* validateEverRunning(
  template: PodTemplateSpec | undefined,
  field: string,
  workload: string,
): FieldErrors {
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {}
  if (restartPolicy && restartPolicy !== 'Always')
    yield notSupported(`${field}.spec.restartPolicy`, restartPolicy, ['Always'])
  if (activeDeadlineSeconds !== undefined)
    yield forbidden(
      `${field}.spec.activeDeadlineSeconds`,
      `activeDeadlineSeconds in ${workload} is not Supported`,
    )
}
