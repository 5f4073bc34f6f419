/** Resources of a pod as a whole: its containers share them, so they must fit in. */

import { parseQuantity } from '../../../../api/quantity.ts'
import type { Container, PodSpec } from '../../../../api/types.ts'
import { type FieldErrors, forbidden, invalid, notSupported } from '../../field-errors.ts'
import { isHugePages, validateResourceName } from '../resource-names.ts'
import { validateRequirements } from './resource-requirements-validation.ts'

const shared = ['cpu', 'memory']

function* validateSharedName(name: string, field: string): FieldErrors {
  const problems = [...validateResourceName(name, field)]
  yield* problems
  if (problems.length === 0 && !shared.includes(name) && !isHugePages(name))
    yield notSupported(field, name, shared)
}

export function* validatePodResources(spec: PodSpec, field: string): FieldErrors {
  const { resources } = spec
  if (!resources) return
  const at = `${field}.resources`
  if ((resources.claims ?? []).length > 0)
    yield forbidden(`${at}.claims`, 'claims cannot be set for Resources at pod-level')
  yield* validateRequirements(resources, at, validateSharedName)
  const requests = containerRequests(spec)
  for (const [name, quantity] of Object.entries(resources.requests ?? {})) {
    const needed = requests.get(name) ?? 0n
    if ((parseQuantity(quantity) ?? 0n) < needed)
      yield invalid(
        `${at}.requests[${name}]`,
        quantity,
        `must be greater than or equal to aggregate container requests of ${textOf(needed)}`,
      )
  }
  yield* validateContainerLimits(spec, field)
}

function* validateContainerLimits(spec: PodSpec, field: string): FieldErrors {
  const most = spec.resources?.limits ?? {}
  for (const list of ['initContainers', 'containers'] as const)
    for (const [index, { resources }] of (spec[list] ?? []).entries())
      for (const [name, quantity] of Object.entries(resources?.limits ?? {})) {
        const limit = Object.hasOwn(most, name) ? most[name] : undefined
        if (limit === undefined) continue
        if ((parseQuantity(quantity) ?? 0n) > (parseQuantity(limit) ?? 0n))
          yield invalid(
            `${field}.${list}[${index}].resources.limits[${name}]`,
            quantity,
            `must be less than or equal to pod limits of ${limit}`,
          )
      }
}

const unit = 1_000_000_000n
const milli = 1_000_000n

const textOf = (nano: bigint) =>
  nano % unit === 0n ? String(nano / unit) : `${(nano + milli - 1n) / milli}m`

/**
 * In nano-units: what runs together in sum, or the most that one of those needs which run before, whatever is more.
 * Sidecars run beside all that comes after them.
 */
export function containerRequests({ initContainers, containers }: PodSpec): Map<string, bigint> {
  const sidecars = new Map<string, bigint>()
  const peak = new Map<string, bigint>()
  for (const container of initContainers ?? [])
    if (container.restartPolicy === 'Always') add(sidecars, container)
    else {
      const together = new Map(sidecars)
      add(together, container)
      raise(peak, together)
    }
  for (const container of containers ?? []) add(sidecars, container)
  raise(peak, sidecars)
  return peak
}

function add(sum: Map<string, bigint>, { resources }: Container): void {
  for (const [name, quantity] of Object.entries(resources?.requests ?? {}))
    sum.set(name, (sum.get(name) ?? 0n) + (parseQuantity(quantity) ?? 0n))
}

function raise(peak: Map<string, bigint>, amounts: ReadonlyMap<string, bigint>): void {
  for (const [name, amount] of amounts) if (amount > (peak.get(name) ?? 0n)) peak.set(name, amount)
}

/** Who limits the pod and does not say what it requests: what its containers do, or else all of the limit. */
export function defaultPodRequests(spec: PodSpec): void {
  const { limits, requests } = spec.resources ?? {}
  if (!spec.resources || !limits || Object.keys(limits).length === 0) return
  const needed = containerRequests(spec)
  const filled: Record<string, string> = {}
  for (const [name, limit] of Object.entries(limits)) {
    const sum = needed.get(name)
    filled[name] = sum === undefined || isHugePages(name) ? limit : textOf(sum)
  }
  spec.resources.requests = { ...filled, ...requests }
}
