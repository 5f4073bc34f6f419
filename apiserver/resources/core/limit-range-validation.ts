/** Limits for single objects: their bounds and defaults must leave something that fits. */

import { parseQuantity } from '../../../api/quantity.ts'
import type { LimitRange } from '../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  required,
} from '../field-errors.ts'
import { qualifiedNameProblems } from '../name-validation.ts'
import {
  canOvercommit,
  validateContainerResourceName,
  validateResourceName,
} from './resource-names.ts'

type Limits = NonNullable<LimitRange['spec']>['limits'][number]

const types = ['Pod', 'Container', 'PersistentVolumeClaim']

export function* validateLimitRange({ spec }: LimitRange): FieldErrors {
  const seen = new Set<string>()
  for (const [index, limits] of (spec?.limits ?? []).entries()) {
    const at = `spec.limits[${index}]`
    const { type } = limits
    yield* validateType(type, `${at}.type`)
    if (seen.has(type)) yield duplicate(`${at}.type`, type)
    seen.add(type)
    yield* validateNames(limits, at)
    for (const name of namesOf(limits)) yield* validateBounds(limits, name, at)
  }
}

function* validateType(type: string, field: string): FieldErrors {
  const problems = qualifiedNameProblems(type)
  yield* invalidFor(field, type, problems)
  if (problems.length === 0 && !type.includes('/') && !types.includes(type))
    yield invalid(field, type, 'must be a standard limit type or fully qualified')
}

const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const
const notOfPods = new Set<string>(['default', 'defaultRequest'])

/** A pod as a whole has no defaults: its containers have. */
const listsOf = ({ type }: Limits) => lists.filter((list) => type !== 'Pod' || !notOfPods.has(list))

const namesOf = (limits: Limits) =>
  [...new Set(listsOf(limits).flatMap((list) => Object.keys(limits[list] ?? {})))].sort()

function* validateNames(limits: Limits, field: string): FieldErrors {
  const { type } = limits
  const check =
    type === 'Pod' || type === 'Container' ? validateContainerResourceName : validateResourceName
  for (const list of lists) {
    const names = Object.keys(limits[list] ?? {})
    if (type === 'Pod' && notOfPods.has(list)) {
      if (names.length > 0)
        yield forbidden(`${field}.${list}`, "may not be specified when `type` is 'Pod'")
    } else for (const name of names) yield* check(name, `${field}.${list}[${name}]`)
  }
  if (type === 'PersistentVolumeClaim' && !limits.min?.storage && !limits.max?.storage)
    yield required(
      `${field}.limits`,
      'either minimum or maximum storage value is required, but neither was provided',
    )
}

/** What each list says of one resource, and in nano-units; absent where it says nothing. */
function saidOf(limits: Limits, name: string) {
  const said = new Map<string, { text: string; nano: bigint }>()
  for (const list of listsOf(limits)) {
    const amounts = limits[list] ?? {}
    const text = Object.hasOwn(amounts, name) ? amounts[name] : undefined
    if (text !== undefined) said.set(list, { text, nano: parseQuantity(text) ?? 0n })
  }
  return said
}

/** Pairs of which the first must not be above the second; whose fault it is; and how both are called. */
const order = [
  ['min', 'max', 'min', 'min', 'min value', 'max value'],
  [
    'min',
    'defaultRequest',
    'defaultRequest',
    'defaultRequest',
    'min value',
    'default request value',
  ],
  [
    'defaultRequest',
    'max',
    'defaultRequest',
    'defaultRequest',
    'default request value',
    'max value',
  ],
  [
    'defaultRequest',
    'default',
    'defaultRequest',
    'defaultRequest',
    'default request value',
    'default limit value',
  ],
  ['min', 'default', 'default', 'min', 'min value', 'default value'],
  ['default', 'max', 'default', 'max', 'default value', 'max value'],
] as const

function* validateBounds(limits: Limits, name: string, field: string): FieldErrors {
  const said = saidOf(limits, name)
  for (const [low, high, fault, shown, lowText, highText] of order) {
    const below = said.get(low)
    const above = said.get(high)
    if (below && above && below.nano > above.nano)
      yield invalid(
        `${field}.${fault}[${name}]`,
        said.get(shown)?.text,
        `${lowText} ${below.text} is greater than ${highText} ${above.text}`,
      )
  }
  yield* validateRatio(said, `${field}.maxLimitRequestRatio[${name}]`)
  const limit = said.get('default')
  const request = said.get('defaultRequest')
  if (!canOvercommit(name) && limit && request && limit.nano !== request.nano)
    yield invalid(
      `${field}.defaultRequest[${name}]`,
      request.text,
      `default value ${limit.text} must equal to defaultRequest value ${request.text} in ${name}`,
    )
}

const unit = 1_000_000_000n

function* validateRatio(said: ReturnType<typeof saidOf>, field: string): FieldErrors {
  const ratio = said.get('maxLimitRequestRatio')
  if (!ratio) return
  if (ratio.nano < unit) yield invalid(field, ratio.text, `ratio ${ratio.text} is less than 1`)
  const min = said.get('min')
  const max = said.get('max')
  if (!min || !max) return
  const most = Number(max.nano) / Number(min.nano)
  if (Number(ratio.nano) / Number(unit) > most)
    yield invalid(
      field,
      ratio.text,
      `ratio ${ratio.text} is greater than max/min = ${most.toFixed(6)}`,
    )
}
