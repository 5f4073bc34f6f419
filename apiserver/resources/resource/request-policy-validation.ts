/** How much of a capacity a claim may take of a device that several share: one of some values, or steps of a range. */

import { parseQuantity } from '../../../api/quantity.ts'
import type { ResourceSlice } from '../../../api/types.ts'
import { type FieldErrors, forbidden, invalid, required } from '../field-errors.ts'
import { validateSet } from './bounded-list-validation.ts'

type Device = NonNullable<NonNullable<ResourceSlice['spec']>['devices']>[number]
export type Policy = NonNullable<NonNullable<Device['capacity']>[string]['requestPolicy']>
type Range = NonNullable<Policy['validRange']>

const mostValues = 10
/** Well-formed: decoding has seen to that. */
const nano = (quantity: string) => parseQuantity(quantity) ?? 0n

/** @param capacity all that there is of it. */
export function* validateRequestPolicy(
  policy: Policy,
  capacity: string,
  field: string,
): FieldErrors {
  const { validValues = [], validRange, default: usual } = policy
  if (validValues.length > 0 && validRange)
    return yield forbidden(
      field,
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
    )
  const given = validValues.length > 0 ? 'validValues' : validRange ? 'validRange' : undefined
  if (!given) return
  if (usual === undefined) yield required(`${field}.default`, `required when ${given} is defined`)
  else if (validRange) yield* validateRange(validRange, usual, capacity, `${field}.validRange`)
  else yield* validateValues(validValues, usual, capacity, `${field}.validValues`)
}

function* validateValues(
  values: string[],
  usual: string,
  capacity: string,
  field: string,
): FieldErrors {
  for (const [index, value] of values.entries())
    if (index > 0 && nano(values[index - 1] ?? value) > nano(value))
      yield invalid(`${field}[${index}]`, value, 'values must be sorted in ascending order')
  yield* validateSet(
    values,
    mostValues,
    field,
    function* (value, own) {
      if (nano(value) > nano(capacity))
        yield invalid(own, value, `option is larger than capacity value: ${capacity}`)
    },
    (value) => String(nano(value)),
  )
  if (!values.some((value) => nano(value) === nano(usual)))
    yield invalid(field, usual, 'default value is not valid according to the requestPolicy')
}

function* validateRange(
  { min, max, step }: Partial<Range>,
  usual: string,
  capacity: string,
  field: string,
): FieldErrors {
  if (min === undefined)
    return yield required(`${field}.min`, 'required when validRange is defined')
  if (nano(min) > nano(capacity))
    yield invalid(`${field}.min`, min, `min is larger than capacity value: ${capacity}`)
  if (nano(usual) < nano(min))
    yield invalid(`${field}.default`, usual, `default is less than min: ${min}`)
  if (max !== undefined) {
    if (nano(min) > nano(max)) yield invalid(`${field}.max`, min, `min is larger than max: ${max}`)
    if (nano(max) > nano(capacity))
      yield invalid(`${field}.max`, max, `max is larger than capacity value: ${capacity}`)
    if (nano(usual) > nano(max))
      yield invalid(`${field}.default`, usual, `default is more than max: ${max}`)
  }
  if (step !== undefined)
    yield* validateStep(step, min, [usual, ...(max ? [max] : [])], `${field}.step`)
}

function* validateStep(step: string, min: string, values: string[], field: string): FieldErrors {
  if (nano(step) <= 0n) return yield invalid(field, step, 'must be greater than zero')
  for (const value of values)
    if ((nano(value) - nano(min)) % nano(step) !== 0n)
      yield invalid(field, value, `value is not a multiple of a given step (${step}) from (${min})`)
}
