/** What an autoscaler must not say: what it scales, between which bounds, by what, and how fast. */

import { parseQuantity } from '../../../api/quantity.ts'
import type { HorizontalPodAutoscaler } from '../../../api/types.ts'
import { validateContainerResourceName } from '../core/resource-names.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  nonNegative,
  notSupported,
  oneOf,
  required,
} from '../field-errors.ts'
import { labelProblems, pathSegmentProblems } from '../name-validation.ts'

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>
type Rules = NonNullable<NonNullable<Spec['behavior']>['scaleUp']>
type Policy = NonNullable<Rules['policies']>[number]
type Metric = NonNullable<Spec['metrics']>[number]
type Target = NonNullable<Metric['resource']>['target']
interface Reference {
  apiVersion?: string
  kind: string
  name: string
}

const longestPeriod = 1800
const longestWindow = 3600

/** @param least 0 for one that was let down to none before. */
export function* validateAutoscaler({ spec }: HorizontalPodAutoscaler, least: number): FieldErrors {
  if (!spec) return yield required('spec')
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [] } = spec
  if (minReplicas !== undefined && minReplicas < least)
    yield invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${least}`)
  if (maxReplicas < 1) yield invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0')
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    yield invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')
  yield* validateReference(scaleTargetRef, 'spec.scaleTargetRef')
  for (const [index, metric] of metrics.entries())
    yield* validateMetric(metric, `spec.metrics[${index}]`)
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External'))
    yield forbidden(
      'spec.metrics',
      'must specify at least one Object or External metric to support scaling to zero replicas',
    )
  for (const name of ['scaleUp', 'scaleDown'] as const) {
    const rules = spec.behavior?.[name]
    if (rules) yield* validateRules(rules, `spec.behavior.${name}`)
  }
}

function* validateReference(reference: Reference | undefined, field: string): FieldErrors {
  const { kind = '', name = '', apiVersion } = reference ?? {}
  for (const [part, text] of Object.entries({ kind, name }))
    if (!text) yield required(`${field}.${part}`)
    else yield* invalidFor(`${field}.${part}`, text, pathSegmentProblems(text, false))
  if (apiVersion && apiVersion.split('/').length > 2)
    yield invalid(
      `${field}.apiVersion`,
      apiVersion,
      `unexpected GroupVersion string: ${apiVersion}`,
    )
}

function* validateRules(rules: Rules, field: string): FieldErrors {
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules
  const at = `${field}.stabilizationWindowSeconds`
  if (window !== undefined && window < 0)
    yield invalid(at, window, 'must be greater than or equal to zero')
  if (window !== undefined && window > longestWindow)
    yield invalid(at, window, `must be less than or equal to ${longestWindow}`)
  yield* oneOf(`${field}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min'])
  if (policies.length === 0) yield required(`${field}.policies`, 'must specify at least one Policy')
  for (const [index, policy] of policies.entries())
    yield* validatePolicy(policy, `${field}.policies[${index}]`)
  if (tolerance !== undefined && (parseQuantity(tolerance) ?? -1n) < 0n)
    yield invalid(`${field}.tolerance`, tolerance, 'must be greater or equal to 0')
}

function* validatePolicy({ type, value, periodSeconds }: Policy, field: string): FieldErrors {
  if (type !== 'Pods' && type !== 'Percent')
    yield notSupported(`${field}.type`, type ?? '', ['Percent', 'Pods'])
  for (const [name, number = 0] of Object.entries({ value, periodSeconds }))
    if (number <= 0) yield invalid(`${field}.${name}`, number, 'must be greater than zero')
  if (periodSeconds > longestPeriod)
    yield invalid(
      `${field}.periodSeconds`,
      periodSeconds,
      `must be less than or equal to ${longestPeriod}`,
    )
}

/** Where each type of metric is described, in the order in which they are looked at. */
const sources = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const
const types = Object.keys(sources).sort()

function* validateMetric(metric: Metric, field: string): FieldErrors {
  const { type } = metric
  if (!type) yield required(`${field}.type`, 'must specify a metric source type')
  if (!Object.hasOwn(sources, type)) yield notSupported(`${field}.type`, type ?? '', types)
  const present = Object.values(sources).filter((name) => metric[name])
  const expected = sources[type as keyof typeof sources]
  if (present[0]) yield* validateSource(metric, present[0], `${field}.${present[0]}`)
  if (expected && !metric[expected])
    yield required(`${field}.${expected}`, 'must populate information for the given metric source')
  if (present.length > 1)
    for (const name of present)
      if (name !== expected)
        yield forbidden(`${field}.${name}`, 'must populate the given metric source only')
}

function* validateSource(
  metric: Metric,
  name: (typeof sources)[keyof typeof sources],
  field: string,
): FieldErrors {
  const { object, external, pods, resource, containerResource } = metric
  switch (name) {
    case 'object':
      if (object) {
        yield* validateReference(object.describedObject, `${field}.describedObject`)
        yield* validateNamed(object, field)
        yield* requireValue(object.target, field, 'must set either a target value or averageValue')
      }
      break
    case 'external':
      if (external) {
        yield* validateNamed(external, field)
        yield* requireValue(
          external.target,
          field,
          'must set either a target value for metric or a per-pod target',
        )
        if (external.target?.value !== undefined && external.target.averageValue !== undefined)
          yield forbidden(
            `${field}.target.value`,
            'may not set both a target value for metric and a per-pod target',
          )
      }
      break
    case 'pods':
      if (pods) {
        yield* validateNamed(pods, field)
        if (pods.target?.averageValue === undefined)
          yield required(
            `${field}.target.averageValue`,
            'must specify a positive target averageValue',
          )
      }
      break
    case 'resource':
      if (resource) {
        if (!resource.name) yield required(`${field}.name`, 'must specify a resource name')
        yield* validateUsage(resource.target, field)
      }
      break
    case 'containerResource':
      if (containerResource) yield* validateContainerResource(containerResource, field)
      break
    default:
      name satisfies never
  }
}

function* validateContainerResource(
  { name, container, target }: NonNullable<Metric['containerResource']>,
  field: string,
): FieldErrors {
  if (!name) yield required(`${field}.name`, 'must specify a resource name')
  else yield* validateContainerResourceName(name, `${field}.name`)
  if (!container) yield required(`${field}.container`, 'must specify a container')
  else yield* invalidFor(`${field}.container`, container, labelProblems(container))
  yield* validateUsage(target, field)
}

function* validateNamed(
  { metric, target }: { metric?: { name: string }; target: Target },
  field: string,
): FieldErrors {
  const name = metric?.name
  if (!name) yield required(`${field}.metric.name`, 'must specify a metric name')
  else yield* invalidFor(`${field}.metric.name`, name, pathSegmentProblems(name, false))
  yield* validateTarget(target ?? { type: '' }, `${field}.target`)
}

function* requireValue(target: Target | undefined, field: string, detail: string): FieldErrors {
  if (target?.value === undefined && target?.averageValue === undefined)
    yield required(`${field}.target.averageValue`, detail)
}

/** Of a resource: so much of it, or such a part of what is requested. */
function* validateUsage(target: Target | undefined, field: string): FieldErrors {
  const at = `${field}.target`
  yield* validateTarget(target ?? { type: '' }, at)
  const { averageUtilization, averageValue } = target ?? {}
  if (averageUtilization === undefined && averageValue === undefined)
    yield required(
      `${at}.averageUtilization`,
      'must set either a target raw value or a target utilization',
    )
  if (averageUtilization !== undefined && averageValue !== undefined)
    yield forbidden(
      `${at}.averageValue`,
      'may not set both a target raw value and a target utilization',
    )
}

function* validateTarget(target: Target, field: string): FieldErrors {
  const { type, averageUtilization } = target
  if (!type) yield required(`${field}.type`, 'must specify a metric target type')
  if (type !== 'Utilization' && type !== 'Value' && type !== 'AverageValue')
    yield invalid(`${field}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue')
  for (const name of ['value', 'averageValue'] as const) {
    const quantity = target[name]
    if (quantity !== undefined && (parseQuantity(quantity) ?? 0n) <= 0n)
      yield invalid(`${field}.${name}`, quantity, 'must be positive')
  }
  if (averageUtilization !== undefined && averageUtilization < 1)
    yield invalid(`${field}.averageUtilization`, averageUtilization, 'must be greater than 0')
}

export function* validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldErrors {
  yield* nonNegative('status.currentReplicas', status?.currentReplicas)
  yield* nonNegative('status.desiredReplicas', status?.desiredReplicas)
}
