/** Amounts of resources: their names, their sizes, and that nobody requests more than the limit. */

import { parseQuantity } from '../../../../api/quantity.ts'
import { type FieldErrors, forbidden, invalid, required } from '../../field-errors.ts'
import {
  canOvercommit,
  hugePageSize,
  isHugePages,
  isWhole,
  validateContainerResourceName,
} from '../resource-names.ts'

type Amounts = Record<string, string>

export interface Requirements {
  limits?: Amounts
  requests?: Amounts
}

export function* validateQuantity(quantity: string, name: string, field: string): FieldErrors {
  const nano = parseQuantity(quantity)
  if (nano === undefined) {
    yield invalid(
      field,
      quantity,
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    )
    return
  }
  if (nano < 0n) yield invalid(field, quantity, 'must be greater than or equal to 0')
  if (isWhole(name) && nano % 1_000_000_000n !== 0n)
    yield invalid(field, quantity, 'must be an integer')
  if (isHugePages(name)) {
    const page = parseQuantity(hugePageSize(name))
    if (!page || nano % page !== 0n)
      yield invalid(field, quantity, `${quantity} is not positive integer multiple of ${name}`)
  }
}

/** The `resources` of a container, or a pod's overhead as limits. @param validateName which resources there may be */
export function* validateRequirements(
  { limits = {}, requests = {} }: Requirements,
  field: string,
  validateName = validateContainerResourceName,
): FieldErrors {
  for (const [name, quantity] of Object.entries(limits)) {
    yield* validateName(name, `${field}.limits[${name}]`)
    yield* validateQuantity(quantity, name, `${field}.limits[${name}]`)
  }
  for (const [name, quantity] of Object.entries(requests)) {
    yield* validateName(name, `${field}.requests[${name}]`)
    yield* validateQuantity(quantity, name, `${field}.requests[${name}]`)
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined
    if (limit !== undefined) yield* validateWithinLimit(name, quantity, limit, field)
    else if (!canOvercommit(name))
      yield required(`${field}.limits`, 'Limit must be set for non overcommitable resources')
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory'))
    yield forbidden(field, 'HugePages require cpu or memory')
}

function* validateWithinLimit(
  name: string,
  quantity: string,
  limit: string,
  field: string,
): FieldErrors {
  const asked = parseQuantity(quantity)
  const most = parseQuantity(limit)
  if (asked === undefined || most === undefined) return
  if (asked !== most && !canOvercommit(name))
    yield invalid(`${field}.requests`, quantity, `must be equal to ${name} limit of ${limit}`)
  else if (asked > most)
    yield invalid(
      `${field}.requests`,
      quantity,
      `must be less than or equal to ${name} limit of ${limit}`,
    )
}
