/** What a DaemonSet means when it does not say, and what it must not say. */

import type { DaemonSet } from '../../../api/types.ts'
import { defaultPodSpec } from '../core/pod/pod-template-defaults.ts'
import {
  validateEverRunning,
  validatePodTemplate,
  validateSelected,
} from '../core/pod/pod-template-validation.ts'
import { type FieldErrors, invalid, nonNegative, notSupported, required } from '../field-errors.ts'
import { isEmptySelector, validateLabelSelector } from '../label-selector-validation.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { amountOf, validateAtMostAll, validateIntOrPercent } from './int-or-percent-validation.ts'
import { validateCollisionCount } from './replica-counts-validation.ts'

type Strategy = NonNullable<NonNullable<DaemonSet['spec']>['updateStrategy']>

/** Changes `daemonSet`; idempotent. */
export function defaultDaemonSet({ spec }: DaemonSet): void {
  if (!spec) return
  if (spec.template?.spec) defaultPodSpec(spec.template.spec)
  spec.updateStrategy ??= {}
  const { updateStrategy } = spec
  updateStrategy.type ||= 'RollingUpdate'
  if (updateStrategy.type === 'RollingUpdate') {
    updateStrategy.rollingUpdate ??= {}
    updateStrategy.rollingUpdate.maxUnavailable ??= 1
    updateStrategy.rollingUpdate.maxSurge ??= 0
  }
  spec.revisionHistoryLimit ??= 10
}

const templateGeneration = 'deprecated.daemonset.template.generation'

/** Clients cannot count the templates there have been; they still read the number where it always stood. */
export function countTemplate({ metadata, spec }: DaemonSet, old: DaemonSet | undefined): void {
  const said = Number((old ?? { metadata }).metadata.annotations?.[templateGeneration])
  const before = Number.isSafeInteger(said) && said >= 1 ? said : 1
  const changed = old !== undefined && !semanticallyEqual(spec?.template, old.spec?.template)
  const count = String(changed ? before + 1 : before)
  metadata.annotations = { ...metadata.annotations, [templateGeneration]: count }
}

export function* validateDaemonSet({ spec }: DaemonSet): FieldErrors {
  if (!spec) return yield required('spec')
  const { selector, template, updateStrategy } = spec
  yield* validateLabelSelector(selector, 'spec.selector')
  // No selector selects nothing, so no template either.
  if (selector) yield* validateSelected(selector, template, 'spec.template')
  else
    yield invalid(
      'spec.template.metadata.labels',
      template?.metadata?.labels ?? null,
      '`selector` does not match template `labels`',
    )
  if (selector && isEmptySelector(selector))
    yield invalid('spec.selector', selector, 'empty selector is invalid for daemonset')
  yield* validatePodTemplate(template, 'spec.template')
  yield* validateEverRunning(template, 'spec.template', 'DaemonSet')
  yield* nonNegative('spec.minReadySeconds', spec.minReadySeconds)
  yield* validateStrategy(updateStrategy ?? {}, 'spec.updateStrategy')
  yield* nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit)
}

function* validateStrategy(strategy: Strategy, field: string): FieldErrors {
  switch (strategy.type) {
    case 'OnDelete':
      break
    case 'RollingUpdate':
      if (strategy.rollingUpdate)
        yield* validateRollingUpdate(strategy.rollingUpdate, `${field}.rollingUpdate`)
      else yield required(`${field}.rollingUpdate`)
      break
    default:
      yield notSupported(field, strategy, ['RollingUpdate', 'OnDelete'])
  }
}

/** A node's pod goes before the next comes, or after: not both, and not neither. */
function* validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: NonNullable<Strategy['rollingUpdate']>,
  field: string,
): FieldErrors {
  yield* validateIntOrPercent(maxUnavailable, `${field}.maxUnavailable`)
  yield* validateIntOrPercent(maxSurge, `${field}.maxSurge`)
  yield* validateAtMostAll(maxUnavailable, `${field}.maxUnavailable`)
  yield* validateAtMostAll(maxSurge, `${field}.maxSurge`)
  const before = amountOf(maxUnavailable) !== 0
  const after = amountOf(maxSurge) !== 0
  if (before && after)
    yield invalid(`${field}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')
  if (!before && !after) yield required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')
}

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
] as const

export function* validateDaemonSetStatus({ status }: DaemonSet, old: DaemonSet): FieldErrors {
  for (const name of counts) yield* nonNegative(`status.${name}`, status?.[name])
  yield* validateCollisionCount(status?.collisionCount, old.status?.collisionCount)
}
