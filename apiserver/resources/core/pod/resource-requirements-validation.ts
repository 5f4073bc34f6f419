/** Amounts of resources: their names, their sizes, and that nobody requests more than the limit. */

import { parseQuantity } from '../../../../api/quantity.ts'
import { type FieldErrors, forbidden, invalid, invalidFor, required } from '../../field-errors.ts'
import { qualifiedNameProblems } from '../../name-validation.ts'

type Amounts = Record<string, string>

export interface Requirements {
  limits?: Amounts
  requests?: Amounts
}

const ofContainers = new Set(['cpu', 'memory', 'ephemeral-storage'])
const standard = new Set([
  ...ofContainers,
  ...['cpu', 'memory', 'ephemeral-storage', 'storage'].map((name) => `requests.${name}`),
  ...['cpu', 'memory', 'ephemeral-storage'].map((name) => `limits.${name}`),
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'storage',
  'services.nodeports',
  'services.loadbalancers',
])
const counts = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])
const hugePages = 'hugepages-'

const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/')
const isHugePages = (name: string) => name.startsWith(hugePages)
const isExtended = (name: string) =>
  !isNative(name) &&
  !name.startsWith('requests.') &&
  qualifiedNameProblems(`requests.${name}`).length === 0
/** More may be requested of it than there is, in sum: a node can share it in time. */
const canOvercommit = (name: string) => isNative(name) && !isHugePages(name)

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
  if ((counts.has(name) || isExtended(name)) && nano % 1_000_000_000n !== 0n)
    yield invalid(field, quantity, 'must be an integer')
  if (isHugePages(name)) {
    const page = parseQuantity(name.slice(hugePages.length))
    if (!page || nano % page !== 0n)
      yield invalid(field, quantity, `${quantity} is not positive integer multiple of ${name}`)
  }
}

function* validateContainerResourceName(name: string, field: string): FieldErrors {
  const problems = qualifiedNameProblems(name)
  yield* invalidFor(field, name, problems)
  if (problems.length > 0) return
  if (!name.includes('/')) {
    if (!standard.has(name) && !isHugePages(name))
      yield invalid(field, name, 'must be a standard resource type or fully qualified')
    if (!ofContainers.has(name) && !isHugePages(name))
      yield invalid(field, name, 'must be a standard resource for containers')
  } else if (!isNative(name) && !isExtended(name))
    yield invalid(field, name, "doesn't follow extended resource name standard")
}

/** The `resources` of a container, or a pod's overhead as limits. */
export function* validateRequirements(
  { limits = {}, requests = {} }: Requirements,
  field: string,
): FieldErrors {
  for (const [name, quantity] of Object.entries(limits)) {
    yield* validateContainerResourceName(name, `${field}.limits[${name}]`)
    yield* validateQuantity(quantity, name, `${field}.limits[${name}]`)
  }
  for (const [name, quantity] of Object.entries(requests)) {
    yield* validateContainerResourceName(name, `${field}.requests[${name}]`)
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
