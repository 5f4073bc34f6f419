/** What a Job makes of pods that failed, and when it counts as done before all its pods are. */

import type { JobSpec } from '../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  invalid,
  invalidAsWhole,
  invalidFor,
  nonNegative,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../field-errors.ts'
import { byteLength, qualifiedNameProblems } from '../name-validation.ts'
import { parseIndexes, sizeOf } from './job-indexes.ts'

type FailureRule = NonNullable<JobSpec['podFailurePolicy']>['rules'][number]
type SuccessRule = NonNullable<JobSpec['successPolicy']>['rules'][number]

const mostFailureRules = 20
const mostConditions = 20
const mostExitCodes = 255
const mostSuccessRules = 20
const longestIndexes = 64 * 1024

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const statuses = ['False', 'True', 'Unknown']
const operators = ['In', 'NotIn']

/** `valid values: ["In" "NotIn"]` */
const validValues = (values: readonly string[]) =>
  `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`

function* validateChoice(
  value: string | undefined,
  supported: readonly string[],
  field: string,
): FieldErrors {
  if (!value) yield required(field, validValues(supported))
  else if (!supported.includes(value)) yield notSupported(field, value, supported)
}

export function* validatePodFailurePolicy(spec: JobSpec, field: string): FieldErrors {
  const rules = spec.podFailurePolicy?.rules ?? []
  const at = `${field}.rules`
  if (rules.length > mostFailureRules) yield tooMany(at, rules.length, mostFailureRules)
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {}
  const names = new Set([...containers, ...initContainers].map(({ name }) => name))
  for (const [index, rule] of rules.entries())
    yield* validateRule(rule, spec, names, `${at}[${index}]`)
}

function* validateRule(
  rule: FailureRule,
  spec: JobSpec,
  names: ReadonlySet<string>,
  field: string,
): FieldErrors {
  const { action, onExitCodes, onPodConditions = [] } = rule
  if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined)
      yield invalid(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set')
  } else yield* validateChoice(action, actions, `${field}.action`)
  if (onExitCodes) yield* validateExitCodes(onExitCodes, names, `${field}.onExitCodes`)
  if (onPodConditions.length > mostConditions)
    yield tooMany(`${field}.onPodConditions`, onPodConditions.length, mostConditions)
  for (const [index, { type, status }] of onPodConditions.entries()) {
    const at = `${field}.onPodConditions[${index}]`
    yield* invalidFor(`${at}.type`, type, qualifiedNameProblems(type))
    yield* validateChoice(status, statuses, `${at}.status`)
  }
  if (onExitCodes && onPodConditions.length > 0)
    yield invalidAsWhole(field, 'specifying both OnExitCodes and OnPodConditions is not supported')
  if (!onExitCodes && onPodConditions.length === 0)
    yield invalidAsWhole(field, 'specifying one of OnExitCodes and OnPodConditions is required')
}

function* validateExitCodes(
  { containerName, operator, values = [] }: NonNullable<FailureRule['onExitCodes']>,
  names: ReadonlySet<string>,
  field: string,
): FieldErrors {
  yield* validateChoice(operator, operators, `${field}.operator`)
  if (containerName !== undefined && !names.has(containerName))
    yield invalid(
      `${field}.containerName`,
      containerName,
      'must be one of the container or initContainer names in the pod template',
    )
  const at = `${field}.values`
  if (values.length === 0) yield invalid(at, values, 'at least one value is required')
  else if (values.length > mostExitCodes) yield tooMany(at, values.length, mostExitCodes)
  const seen = new Set<number>()
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0)
      yield invalid(`${at}[${index}]`, value, 'must not be 0 for the In operator')
    if (seen.has(value)) yield duplicate(`${at}[${index}]`, value)
    seen.add(value)
  }
  if (values.some((value, index) => index > 0 && (values[index - 1] ?? 0) > value))
    yield invalid(at, values, 'must be ordered')
}

export function* validateSuccessPolicy(spec: JobSpec, field: string): FieldErrors {
  if (spec.completionMode !== 'Indexed')
    return yield invalid(field, spec.successPolicy, 'requires indexed completion mode')
  const rules = spec.successPolicy?.rules ?? []
  const at = `${field}.rules`
  if (rules.length === 0)
    yield required(at, 'at least one rules must be specified when the successPolicy is specified')
  if (rules.length > mostSuccessRules) yield tooMany(at, rules.length, mostSuccessRules)
  for (const [index, rule] of rules.entries())
    yield* validateSuccessRule(rule, spec.completions ?? 0, `${at}[${index}]`)
}

function* validateSuccessRule(
  { succeededCount, succeededIndexes }: SuccessRule,
  completions: number,
  field: string,
): FieldErrors {
  if (succeededCount === undefined && succeededIndexes === undefined)
    yield required(field, 'at least one of succeededCount or succeededIndexes must be specified')
  let named = 0
  if (succeededIndexes !== undefined) {
    const at = `${field}.succeededIndexes`
    if (byteLength(succeededIndexes) > longestIndexes) yield tooLong(at, longestIndexes)
    const indexes = parseIndexes(succeededIndexes, completions)
    if (typeof indexes === 'string')
      yield invalid(at, succeededIndexes, `error parsing succeededIndexes: ${indexes}`)
    else named = sizeOf(indexes)
  }
  if (succeededCount === undefined) return
  const at = `${field}.succeededCount`
  const atMost = (most: number, what: string) =>
    invalid(at, succeededCount, `must be less than or equal to ${most} (the number of ${what})`)
  yield* nonNegative(at, succeededCount)
  if (succeededCount > completions) yield atMost(completions, 'specified completions')
  if (succeededIndexes !== undefined && succeededCount > named)
    yield atMost(named, 'indexes in the specified succeededIndexes field')
}
