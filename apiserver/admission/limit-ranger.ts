/**
 * LimitRanges: what containers get that ask for nothing, and how little and how much containers, pods and claims may
 * ask for. Defaults go into the object before it is checked.
 */

import { type Amounts, amountsOf, podAmounts } from '../../api/pod-resources.ts'
import { parseQuantity } from '../../api/quantity.ts'
import { formatQuantity } from '../../api/quantity-text.ts'
import type { Container, LimitRange, PersistentVolumeClaim, Pod } from '../../api/types.ts'
import type { Lister } from '../registry/lister.ts'
import { type AdmissionPlugin, type AdmissionRequest, concerns } from './admission.ts'
import { aggregate } from './aggregate.ts'
import { refusal } from './refusal.ts'

const annotation = 'kubernetes.io/limit-ranger'
const nano = 1_000_000_000n

export function limitRanger(lister: Lister): AdmissionPlugin {
  const rangesOf = ({ namespace }: AdmissionRequest) =>
    lister.list('limitranges', namespace).map(({ object }) => object as unknown as LimitRange)
  return {
    name: 'LimitRanger',
    mutate(request) {
      if (!isSubject(request) || !isPod(request)) return
      for (const range of rangesOf(request)) fillIn(request.object as unknown as Pod, range)
    },
    validate(request) {
      if (!isSubject(request)) return
      for (const range of rangesOf(request)) {
        const problems = isPod(request)
          ? podProblems(request.object as unknown as Pod, range)
          : claimProblems(request.object as unknown as PersistentVolumeClaim, range)
        if (problems.length > 0) throw refusal(request, aggregate(problems))
      }
    },
  }
}

const isPod = ({ resource }: AdmissionRequest) => resource.plural === 'pods'

function isSubject(request: AdmissionRequest): boolean {
  const { operation, object, old, resource, subresource } = request
  if (!object || operation === 'DELETE' || operation === 'CONNECT') return false
  if (operation === 'UPDATE' && old?.metadata.deletionTimestamp) return false
  if (resource.group === '' && resource.plural === 'pods' && subresource === 'resize') return true
  if (concerns(request, 'pods')) return operation === 'CREATE'
  return concerns(request, 'persistentvolumeclaims')
}

type Limit = NonNullable<LimitRange['spec']>['limits'][number]

const limitsOf = ({ spec }: LimitRange, type: string): Limit[] =>
  (spec?.limits ?? []).filter((limit) => limit.type === type)

function fillIn({ spec, metadata }: Pod, range: LimitRange): void {
  if (!spec) return
  const notes: string[] = []
  const limits: Record<string, string> = {}
  const requests: Record<string, string> = {}
  for (const limit of limitsOf(range, 'Container')) {
    Object.assign(limits, limit.default)
    Object.assign(requests, limit.defaultRequest)
  }
  const fill = (container: Container, what: string) => {
    container.resources ??= {}
    for (const [side, defaults] of [
      ['requests', requests],
      ['limits', limits],
    ] as const) {
      const own = container.resources[side] ?? {}
      const missing = Object.keys(defaults).filter((name) => !Object.hasOwn(own, name))
      if (missing.length === 0) continue
      container.resources[side] = { ...own, ...pick(defaults, missing) }
      notes.push(`${missing.sort().join(', ')} ${side.slice(0, -1)} for ${what} ${container.name}`)
    }
  }
  for (const container of spec.containers ?? []) fill(container, 'container')
  for (const container of spec.initContainers ?? []) fill(container, 'init container')
  if (notes.length === 0) return
  metadata.annotations ??= {}
  metadata.annotations[annotation] = `LimitRanger plugin set: ${notes.join('; ')}`
}

const pick = (from: Record<string, string>, names: string[]) =>
  Object.fromEntries(names.map((name) => [name, from[name] ?? '']))

function podProblems({ spec }: Pod, range: LimitRange): string[] {
  if (!spec) return []
  const problems: string[] = []
  for (const limit of limitsOf(range, 'Container'))
    for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
      problems.push(
        ...problemsOf(limit, amountsOf(resources?.requests), amountsOf(resources?.limits)),
      )
  for (const limit of limitsOf(range, 'Pod'))
    problems.push(...problemsOf(limit, podAmounts(spec, 'requests'), podAmounts(spec, 'limits')))
  return problems
}

function* problemsOf(limit: Limit, requests: Amounts, limits: Amounts): Generator<string> {
  const { type } = limit
  for (const [name, bound] of Object.entries(limit.min ?? {}))
    yield* tooLittle(`minimum ${name} usage per ${type} is ${bound}`, bound, [
      ['request', requests.get(name)],
      ['limit', limits.get(name)],
    ])
  for (const [name, bound] of Object.entries(limit.max ?? {}))
    yield* tooMuch(`maximum ${name} usage per ${type} is ${bound}`, bound, [
      ['limit', limits.get(name)],
      ['request', requests.get(name)],
    ])
  for (const [name, bound] of Object.entries(limit.maxLimitRequestRatio ?? {}))
    yield* tooFar(
      `${name} max limit to request ratio per ${type} is ${bound}`,
      bound,
      requests.get(name),
      limits.get(name),
    )
}

/** The first must be there; both are compared where they are. */
type Sides = [[string, bigint | undefined], ...[string, bigint | undefined][]]

const tooLittle = (rule: string, bound: string, sides: Sides) =>
  outOfBounds(rule, sides, (amount) => amount < (parseQuantity(bound) ?? 0n), bound)

const tooMuch = (rule: string, bound: string, sides: Sides) =>
  outOfBounds(rule, sides, (amount) => amount > (parseQuantity(bound) ?? 0n), bound)

function* outOfBounds(
  rule: string,
  sides: Sides,
  isOut: (amount: bigint) => boolean,
  like: string,
): Generator<string> {
  const [[needed, first]] = sides
  if (first === undefined) {
    yield `${rule}.  No ${needed} is specified`
    return
  }
  const found = sides.find(([, amount]) => amount !== undefined && isOut(amount))
  if (found) yield `${rule}, but ${found[0]} is ${formatQuantity(found[1] ?? 0n, like)}`
}

function* tooFar(
  rule: string,
  bound: string,
  request: bigint | undefined,
  limit: bigint | undefined,
): Generator<string> {
  if (!request) yield `${rule}, but no request is specified or request is 0`
  else if (!limit) yield `${rule}, but no limit is specified or limit is 0`
  else if (limit * nano > (parseQuantity(bound) ?? 0n) * request)
    yield `${rule}, but provided ratio is ${(Number(limit) / Number(request)).toFixed(6)}`
}

function claimProblems({ spec }: PersistentVolumeClaim, range: LimitRange): string[] {
  const requests = amountsOf(spec?.resources?.requests)
  const problems: string[] = []
  for (const { min, max, type } of limitsOf(range, 'PersistentVolumeClaim')) {
    for (const [name, bound] of Object.entries(min ?? {}))
      problems.push(
        ...tooLittle(`minimum ${name} usage per ${type} is ${bound}`, bound, [
          ['request', requests.get(name)],
        ]),
      )
    for (const [name, bound] of Object.entries(max ?? {}))
      problems.push(
        ...tooMuch(`maximum ${name} usage per ${type} is ${bound}`, bound, [
          ['request', requests.get(name)],
        ]),
      )
  }
  return problems
}
