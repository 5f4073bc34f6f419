/** What a Job must not say, whether it stands by itself or is the template of a CronJob's. */

import type { JobSpec } from '../../../api/types.ts'
import { validatePodTemplate } from '../core/pod/pod-template-validation.ts'
import { validateDomainPrefixedPath } from '../domain-name-validation.ts'
import {
  type FieldErrors,
  invalid,
  nonNegative,
  notSupported,
  oneOf,
  required,
  tooLong,
} from '../field-errors.ts'
import { byteLength } from '../name-validation.ts'
import { validatePodFailurePolicy, validateSuccessPolicy } from './pod-failure-policy-validation.ts'

/** Beyond these a Job's status could not name its indexes. */
const mostIndexed = 100_000
const mostForManyCompletions = 10_000

const longestManager = 63

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const

export function* validateJobSpec(spec: JobSpec, field: string): FieldErrors {
  for (const name of counts) yield* nonNegative(`${field}.${name}`, spec[name])
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    yield required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')
  if (spec.managedBy !== undefined) {
    yield* validateDomainPrefixedPath(spec.managedBy, `${field}.managedBy`)
    if (byteLength(spec.managedBy) > longestManager)
      yield tooLong(`${field}.managedBy`, longestManager)
  }
  yield* oneOf(`${field}.completionMode`, spec.completionMode, ['NonIndexed', 'Indexed'])
  if (spec.completionMode === 'Indexed') yield* validateIndexed(spec, field)
  else if (spec.completionMode === undefined || spec.completionMode === 'NonIndexed')
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
      if (spec[name] !== undefined)
        yield invalid(`${field}.${name}`, spec[name], 'requires indexed completion mode')
  if (spec.podFailurePolicy) yield* validatePodFailurePolicy(spec, `${field}.podFailurePolicy`)
  if (spec.successPolicy) yield* validateSuccessPolicy(spec, `${field}.successPolicy`)
  yield* oneOf(
    `${field}.podReplacementPolicy`,
    spec.podReplacementPolicy,
    spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'],
  )
  yield* validatePodTemplate(spec.template, `${field}.template`)
  yield* validateRestartPolicy(spec, `${field}.template.spec.restartPolicy`)
}

function* validateIndexed(spec: JobSpec, field: string): FieldErrors {
  const { completions, parallelism, maxFailedIndexes, backoffLimitPerIndex } = spec
  const atMost = (name: 'parallelism' | 'maxFailedIndexes', most: number, when: string) =>
    invalid(`${field}.${name}`, spec[name], `must be less than or equal to ${most}${when}`)
  if (completions === undefined)
    yield required(`${field}.completions`, 'when completion mode is Indexed')
  if ((parallelism ?? 0) > mostIndexed)
    yield atMost('parallelism', mostIndexed, ' when completion mode is Indexed')
  if (maxFailedIndexes !== undefined && completions !== undefined && maxFailedIndexes > completions)
    yield invalid(
      `${field}.maxFailedIndexes`,
      maxFailedIndexes,
      'must be less than or equal to completions',
    )
  if ((maxFailedIndexes ?? 0) > mostIndexed) yield atMost('maxFailedIndexes', mostIndexed, '')
  if ((completions ?? 0) <= mostIndexed || backoffLimitPerIndex === undefined) return
  const when = ` when completions are above ${mostIndexed} and used with backoff limit per index`
  if (maxFailedIndexes === undefined)
    yield required(
      `${field}.maxFailedIndexes`,
      `must be specified when completions is above ${mostIndexed}`,
    )
  for (const name of ['parallelism', 'maxFailedIndexes'] as const)
    if ((spec[name] ?? 0) > mostForManyCompletions) yield atMost(name, mostForManyCompletions, when)
}

/** A pod's own default is to run for ever: one that ends must say so. */
function* validateRestartPolicy(
  { template, podFailurePolicy }: JobSpec,
  field: string,
): FieldErrors {
  const policy = template?.spec?.restartPolicy
  if (!policy || policy === 'Always') yield required(field, 'valid values: "OnFailure", "Never"')
  else if (policy !== 'OnFailure' && policy !== 'Never')
    yield notSupported(field, policy, ['OnFailure', 'Never'])
  else if (podFailurePolicy && policy !== 'Never')
    yield invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')
}
