/** Where a pod may go: node selectors, affinity, tolerations and spread. */

import type { PodSpec } from '../../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  notSupported,
  oneOf,
  required,
} from '../../field-errors.ts'
import { validateLabelSelector, validateLabels } from '../../label-selector-validation.ts'
import {
  labelProblems,
  labelValueProblems,
  qualifiedNameProblems,
  subdomainProblems,
} from '../../name-validation.ts'

type Affinity = NonNullable<PodSpec['affinity']>
type NodeSelector = NonNullable<
  NonNullable<Affinity['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>
type NodeTerm = NodeSelector['nodeSelectorTerms'][number]
type PodTerm = NonNullable<
  NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number]
type Toleration = NonNullable<PodSpec['tolerations']>[number]
type Spread = NonNullable<PodSpec['topologySpreadConstraints']>[number]

const mustHold = 'requiredDuringSchedulingIgnoredDuringExecution'
const shouldHold = 'preferredDuringSchedulingIgnoredDuringExecution'

export function* validateScheduling(spec: PodSpec, field: string): FieldErrors {
  yield* validateLabels(spec.nodeSelector, `${field}.nodeSelector`)
  yield* validateAffinity(spec.affinity, `${field}.affinity`)
  yield* validateTolerations(spec.tolerations, `${field}.tolerations`)
  yield* validateSpread(spec.topologySpreadConstraints, `${field}.topologySpreadConstraints`)
  yield* validateGates(spec.schedulingGates, `${field}.schedulingGates`)
}

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function* validateTolerations(
  tolerations: Toleration[] | undefined,
  field: string,
): FieldErrors {
  for (const [index, toleration] of (tolerations ?? []).entries())
    yield* validateToleration(toleration, `${field}[${index}]`)
}

function* validateToleration(toleration: Toleration, field: string): FieldErrors {
  const { key, operator, value = '', effect, tolerationSeconds } = toleration
  if (key) yield* invalidFor(`${field}.key`, key, qualifiedNameProblems(key))
  else if (operator !== 'Exists')
    yield invalid(
      `${field}.operator`,
      operator ?? '',
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
    )
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    yield invalid(
      `${field}.effect`,
      effect ?? '',
      "effect must be 'NoExecute' when `tolerationSeconds` is set",
    )
  switch (operator || 'Equal') {
    case 'Equal': {
      const problems = labelValueProblems(value)
      if (problems.length > 0) yield invalid(`${field}.operator`, value, problems.join(';'))
      break
    }
    case 'Exists':
      if (value !== '')
        yield invalid(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'")
      break
    default:
      yield notSupported(`${field}.operator`, operator, ['Equal', 'Exists'])
  }
  yield* oneOf(`${field}.effect`, effect || undefined, taintEffects)
}

function* validateGates(gates: PodSpec['schedulingGates'], field: string): FieldErrors {
  const seen = new Set<string>()
  for (const [index, { name }] of (gates ?? []).entries()) {
    yield* invalidFor(`${field}[${index}]`, name, qualifiedNameProblems(name))
    if (seen.has(name)) yield duplicate(`${field}[${index}]`, name)
    seen.add(name)
  }
}

function* validateAffinity(affinity: Affinity | undefined, field: string): FieldErrors {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {}
  if (nodeAffinity) {
    const at = `${field}.nodeAffinity`
    const selector = nodeAffinity[mustHold]
    if (selector) yield* validateNodeSelector(selector, `${at}.${mustHold}`)
    for (const [index, { weight, preference }] of (nodeAffinity[shouldHold] ?? []).entries()) {
      yield* validateWeight(weight, `${at}.${shouldHold}[${index}].weight`)
      yield* validateNodeTerm(preference, `${at}.${shouldHold}[${index}].preference`)
    }
  }
  for (const [name, terms] of Object.entries({ podAffinity, podAntiAffinity })) {
    const at = `${field}.${name}`
    for (const [index, term] of (terms?.[mustHold] ?? []).entries())
      yield* validatePodTerm(term, `${at}.${mustHold}[${index}]`)
    for (const [index, weighted] of (terms?.[shouldHold] ?? []).entries()) {
      yield* validateWeight(weighted.weight, `${at}.${shouldHold}[${index}].weight`)
      yield* validatePodTerm(
        weighted.podAffinityTerm,
        `${at}.${shouldHold}[${index}].podAffinityTerm`,
      )
    }
  }
}

function* validateWeight(weight: number, field: string): FieldErrors {
  if (!(weight >= 1 && weight <= 100)) yield invalid(field, weight, 'must be in the range 1-100')
}

export function* validateNodeSelector(selector: NodeSelector, field: string): FieldErrors {
  const terms = selector.nodeSelectorTerms ?? []
  if (terms.length === 0)
    yield required(`${field}.nodeSelectorTerms`, 'must have at least one node selector term')
  for (const [index, term] of terms.entries())
    yield* validateNodeTerm(term, `${field}.nodeSelectorTerms[${index}]`)
}

function* validateNodeTerm(term: NodeTerm, field: string): FieldErrors {
  for (const [index, expression] of (term.matchExpressions ?? []).entries())
    yield* validateNodeExpression(expression, `${field}.matchExpressions[${index}]`)
  for (const [index, expression] of (term.matchFields ?? []).entries())
    yield* validateNodeField(expression, `${field}.matchFields[${index}]`)
}

type Expression = NonNullable<NodeTerm['matchExpressions']>[number]

function* validateNodeExpression(
  { key, operator, values = [] }: Expression,
  field: string,
): FieldErrors {
  const at = `${field}.values`
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        yield required(at, "must be specified when `operator` is 'In' or 'NotIn'")
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        yield forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      break
    case 'Gt':
    case 'Lt':
      if (values.length !== 1)
        yield required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")
      break
    default:
      yield invalid(`${field}.operator`, operator, 'not a valid selector operator')
  }
  yield* invalidFor(`${field}.key`, key, qualifiedNameProblems(key))
  for (const [index, value] of values.entries())
    yield* invalidFor(`${at}[${index}]`, value, labelValueProblems(value))
}

function* validateNodeField(
  { key, operator, values = [] }: Expression,
  field: string,
): FieldErrors {
  if (operator !== 'In' && operator !== 'NotIn')
    yield invalid(`${field}.operator`, operator, 'not a valid selector operator')
  else if (values.length !== 1)
    yield required(
      `${field}.values`,
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
    )
  if (key !== 'metadata.name')
    return yield invalid(`${field}.key`, key, 'not a valid field selector key')
  for (const [index, value] of values.entries())
    yield* invalidFor(`${field}.values[${index}]`, value, subdomainProblems(value))
}

function* validatePodTerm(term: PodTerm, field: string): FieldErrors {
  yield* validateLabelSelector(term.labelSelector, `${field}.labelSelector`)
  yield* validateLabelSelector(term.namespaceSelector, `${field}.namespaceSelector`)
  for (const name of term.namespaces ?? [])
    yield* invalidFor(`${field}.namespace`, name, labelProblems(name))
  for (const list of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    const keys = term[list] ?? []
    if (keys.length > 0 && !term.labelSelector)
      yield forbidden(`${field}.${list}`, 'must not be specified when labelSelector is not set')
    for (const [index, key] of keys.entries())
      yield* invalidFor(`${field}.${list}[${index}]`, key, qualifiedNameProblems(key))
  }
  const mismatched = new Set(term.mismatchLabelKeys)
  for (const [index, key] of (term.matchLabelKeys ?? []).entries())
    if (mismatched.has(key))
      yield invalid(
        `${field}.matchLabelKeys[${index}]`,
        key,
        'exists in both matchLabelKeys and mismatchLabelKeys',
      )
  if (!term.topologyKey) yield required(`${field}.topologyKey`, 'can not be empty')
  else
    yield* invalidFor(
      `${field}.topologyKey`,
      term.topologyKey,
      qualifiedNameProblems(term.topologyKey),
    )
}

const unsatisfied = ['DoNotSchedule', 'ScheduleAnyway']
const policies = ['Honor', 'Ignore']

function* validateSpread(constraints: Spread[] | undefined, field: string): FieldErrors {
  const seen = new Set<string>()
  for (const [index, constraint] of (constraints ?? []).entries()) {
    const at = `${field}[${index}]`
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains } = constraint
    if (!(maxSkew > 0)) yield invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero')
    if (!topologyKey) yield required(`${at}.topologyKey`, 'can not be empty')
    yield* oneOf(`${at}.whenUnsatisfiable`, whenUnsatisfiable ?? '', unsatisfied)
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`
    if (seen.has(pair)) yield duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair)
    seen.add(pair)
    if (minDomains !== undefined && minDomains <= 0)
      yield invalid(`${at}.minDomains`, minDomains, 'must be greater than zero')
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule')
      yield invalid(
        `${at}.minDomains`,
        minDomains,
        `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
      )
    yield* oneOf(`${at}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, policies)
    yield* oneOf(`${at}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, policies)
    yield* validateSpreadKeys(constraint, at)
    yield* validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`)
  }
}

function* validateSpreadKeys(
  { matchLabelKeys, labelSelector }: Spread,
  field: string,
): FieldErrors {
  if ((matchLabelKeys ?? []).length > 0 && !labelSelector)
    yield forbidden(
      `${field}.matchLabelKeys`,
      'must not be specified when labelSelector is not set',
    )
  for (const [index, key] of (matchLabelKeys ?? []).entries())
    yield* invalidFor(`${field}.matchLabelKeys[${index}]`, key, qualifiedNameProblems(key))
}
