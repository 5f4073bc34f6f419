/** What classes and claims say alike of the devices they want: selectors, configuration, tolerations. */

import type { DeviceClass, ResourceClaim } from '../../../api/types.ts'
import { validateDriverName } from '../domain-name-validation.ts'
import {
  type FieldErrors,
  invalid,
  invalidFor,
  notSupported,
  oneOf,
  required,
  tooLong,
} from '../field-errors.ts'
import { byteLength, labelValueProblems, qualifiedNameProblems } from '../name-validation.ts'
import { validateList } from './bounded-list-validation.ts'

type Selector = NonNullable<DeviceClass['spec']['selectors']>[number]
type Configuration = NonNullable<DeviceClass['spec']['config']>[number]
type Request = NonNullable<NonNullable<ResourceClaim['spec']['devices']>['requests']>[number]
export type Toleration = NonNullable<NonNullable<Request['exactly']>['tolerations']>[number]

const mostSelectors = 32
const longestExpression = 10 * 1024
const longestParameters = 10 * 1024
export const taintEffects = ['NoExecute', 'NoSchedule', 'None']

/** What the expressions say is not read here. */
export function* validateSelectors(selectors: Selector[] | undefined, field: string): FieldErrors {
  yield* validateList(selectors, mostSelectors, field, function* ({ cel }, own) {
    if (!cel) yield required(`${own}.cel`)
    else if (byteLength(cel.expression ?? '') > longestExpression)
      yield tooLong(`${own}.cel.expression`, longestExpression)
  })
}

export function* validateConfiguration({ opaque }: Configuration, field: string): FieldErrors {
  if (!opaque) return yield required(`${field}.opaque`)
  yield* validateDriverName(opaque.driver, `${field}.opaque.driver`)
  yield* validateParameters(opaque.parameters, `${field}.opaque.parameters`)
}

/** Somebody else's JSON: an object of bounded size. */
export function* validateParameters(value: unknown, field: string): FieldErrors {
  if (value === undefined || value === null) yield required(field)
  else if (byteLength(JSON.stringify(value)) > longestParameters)
    yield tooLong(field, longestParameters)
  else if (typeof value !== 'object' || Array.isArray(value))
    yield invalid(field, '<value omitted>', 'must be a valid JSON object')
}

export function* validateTolerations(
  tolerations: Toleration[] | undefined,
  field: string,
): FieldErrors {
  for (const [index, toleration] of (tolerations ?? []).entries())
    yield* validateToleration(toleration, `${field}[${index}]`)
}

function* validateToleration(toleration: Toleration, field: string): FieldErrors {
  const { key, operator, value = '', effect } = toleration
  if (key) yield* invalidFor(`${field}.key`, key, qualifiedNameProblems(key))
  switch (operator) {
    case 'Exists':
      if (value !== '')
        yield invalid(`${field}.value`, value, 'must be empty for operator `Exists`')
      break
    case 'Equal':
      yield* invalidFor(`${field}.value`, value, labelValueProblems(value))
      break
    case undefined:
    case '':
      yield required(`${field}.operator`)
      break
    default:
      yield notSupported(`${field}.operator`, operator, ['Equal', 'Exists'])
  }
  if (effect) yield* oneOf(`${field}.effect`, effect, taintEffects)
}
