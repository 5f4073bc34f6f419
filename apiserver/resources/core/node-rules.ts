/** What a Node means when it does not say, and what cannot be said, or said again, of it. */

import type { Node } from '../../../api/types.ts'
import { canonicalizeResources } from '../canonical-quantity.ts'
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  oneOf,
  required,
} from '../field-errors.ts'
import { labelValueProblems, qualifiedNameProblems } from '../name-validation.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { validateRange } from './ip-validation.ts'
import { validateQuantity } from './pod/resource-requirements-validation.ts'
import { taintEffects } from './pod/scheduling-validation.ts'

/** Changes `node`; idempotent. */
export function defaultNode({ spec, status }: Node): void {
  if (status) {
    canonicalizeResources(status.capacity)
    canonicalizeResources(status.allocatable)
    if (status.capacity && !status.allocatable) status.allocatable = { ...status.capacity }
  }
  if (!spec) return
  const { podCIDR, podCIDRs = [] } = spec
  if (podCIDR && podCIDRs[0] !== podCIDR) spec.podCIDRs = [podCIDR]
  else if (!podCIDR && podCIDRs[0]) spec.podCIDR = podCIDRs[0]
}

export function* validateNode({ spec, status }: Node, old?: Node): FieldErrors {
  yield* validateTaints(spec?.taints)
  for (const list of ['capacity', 'allocatable'] as const)
    for (const [name, quantity] of Object.entries(status?.[list] ?? {}))
      yield* validateQuantity(quantity, name, `status.${list}.${name}`)
  const ranges = spec?.podCIDRs ?? []
  for (const [index, range] of ranges.entries())
    yield* validateRange(range, `spec.podCIDRs[${index}]`, old?.spec?.podCIDRs)
  if (new Set(ranges.map((range) => range.includes(':'))).size !== ranges.length)
    yield invalid('spec.podCIDRs', ranges, 'may specify no more than one CIDR for each IP family')
}

function* validateTaints(taints: NonNullable<Node['spec']>['taints']): FieldErrors {
  const seen = new Set<string>()
  for (const [index, taint] of (taints ?? []).entries()) {
    const at = `spec.taints[${index}]`
    const { key, value = '', effect } = taint
    yield* invalidFor(`${at}.key`, key, qualifiedNameProblems(key))
    const problems = labelValueProblems(value)
    if (problems.length > 0) yield invalid(`${at}.value`, value, problems.join(';'))
    if (!effect) yield required(`${at}.effect`)
    else yield* oneOf(`${at}.effect`, effect, taintEffects)
    const pair = `${key}:${effect}`
    if (seen.has(pair)) {
      const error = duplicate(at, taint)
      yield { ...error, message: `${error.message}: taints must be unique by key and effect pair` }
    }
    seen.add(pair)
  }
}

export function* validateNodeUpdate({ spec, status }: Node, old: Node): FieldErrors {
  const seen = new Set<string>()
  for (const [index, address] of (status?.addresses ?? []).entries()) {
    const text = `${address.type}/${address.address}`
    if (seen.has(text)) yield duplicate(`status.addresses[${index}]`, address)
    seen.add(text)
  }
  const ranges = old.spec?.podCIDRs ?? []
  if (ranges.length > 0 && !semanticallyEqual(spec?.podCIDRs, ranges))
    yield forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')
  const provider = old.spec?.providerID
  if (provider && spec?.providerID !== provider)
    yield forbidden(
      'spec.providerID',
      'node updates may not change providerID except from "" to valid',
    )
}
