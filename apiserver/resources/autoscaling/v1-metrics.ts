/**
 * Metrics in the shape in which version 1 keeps those that it has no fields for: as JSON in annotations. What is wanted
 * and what is measured have one shape there, whose fields begin with `target` or `current`. The order of keys is that
 * of the older clients' types, so that the text is the same whoever wrote it.
 */

import type { HorizontalPodAutoscaler } from '../../../api/types.ts'

export type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number]
export type MetricStatus = NonNullable<
  NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']
>[number]

type Side = 'target' | 'current'
type Reference = NonNullable<Metric['object']>['describedObject']
type Selector = NonNullable<Metric['pods']>['metric']['selector']

/** Fields that are `undefined` are not there. */
type Sided = {
  [Field in `${Side}${'Value' | 'AverageValue'}`]?: string
} & {
  [Field in `${Side}AverageUtilization`]?: number
}

interface Usage extends Sided {
  name: string
  container?: string
}

/** Of an annotation, where nothing is sure to be there. */
export interface OldMetric {
  type: string
  object?: Sided & {
    target?: Reference
    metricName: string
    selector?: Selector
    averageValue?: string
  }
  pods?: Sided & { metricName: string; selector?: Selector }
  resource?: Usage
  containerResource?: Usage
  external?: Sided & { metricName: string; metricSelector?: Selector }
}

interface Values {
  value?: string
  averageValue?: string
  averageUtilization?: number
}

const referenceOf = (reference: Reference | undefined): Reference => ({
  kind: reference?.kind ?? '',
  name: reference?.name ?? '',
  apiVersion: reference?.apiVersion,
})

export const toOldMetric = (metric: Metric): OldMetric => toOld(metric, 'target')
export const toOldStatus = (status: MetricStatus): OldMetric => toOld(status, 'current')
export const fromOldMetric = (old: OldMetric): Metric => fromOld(old, 'target') as Metric
export const fromOldStatus = (old: OldMetric): MetricStatus =>
  fromOld(old, 'current') as MetricStatus

function toOld(metric: Metric | MetricStatus, side: Side): OldMetric {
  const { type, object, pods, resource, containerResource, external } = metric
  const of = (source: object): Values => (source as Partial<Record<Side, Values>>)[side] ?? {}
  /** What is measured always says a value, what is wanted may say none. */
  const sure = (value: string | undefined) => value ?? (side === 'current' ? '0' : undefined)
  const usage = (source: { name: string }): Usage => ({
    name: source.name,
    [`${side}AverageUtilization`]: of(source).averageUtilization,
    [`${side}AverageValue`]: sure(of(source).averageValue),
  })
  return {
    type,
    object: object && {
      target: referenceOf(object.describedObject),
      metricName: object.metric.name,
      [`${side}Value`]: of(object).value ?? '0',
      selector: object.metric.selector,
      averageValue: of(object).averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      [`${side}AverageValue`]: of(pods).averageValue ?? '0',
      selector: pods.metric.selector,
    },
    resource: resource && usage(resource),
    containerResource: containerResource && {
      ...usage(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      [`${side}Value`]: sure(of(external).value),
      [`${side}AverageValue`]: of(external).averageValue,
    },
  }
}

/** As JSON would have it: fields that are `undefined` are gone. */
function fromOld(old: OldMetric, side: Side): unknown {
  const { type, object, pods, resource, containerResource, external } = old
  /** What is wanted names the kind of its value, what is measured does not. */
  const values = (kind: string, given: Values) => ({
    [side]: { ...(side === 'target' && { type: kind }), ...given },
  })
  const usage = (source: Usage) => {
    const averageUtilization = source[`${side}AverageUtilization`]
    const kind = averageUtilization === undefined ? 'AverageValue' : 'Utilization'
    return values(kind, { averageValue: source[`${side}AverageValue`], averageUtilization })
  }
  const made = {
    type,
    object: object && {
      describedObject: referenceOf(object.target),
      metric: { name: object.metricName, selector: object.selector },
      ...values(object.averageValue === undefined ? 'Value' : 'AverageValue', {
        value: object[`${side}Value`],
        averageValue: object.averageValue,
      }),
    },
    pods: pods && {
      metric: { name: pods.metricName, selector: pods.selector },
      ...values('AverageValue', { averageValue: pods[`${side}AverageValue`] }),
    },
    resource: resource && { name: resource.name, ...usage(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container ?? '',
      ...usage(containerResource),
    },
    external: external && {
      metric: { name: external.metricName, selector: external.metricSelector },
      ...values(external[`${side}Value`] === undefined ? 'AverageValue' : 'Value', {
        value: external[`${side}Value`],
        averageValue: external[`${side}AverageValue`],
      }),
    },
  }
  return JSON.parse(JSON.stringify(made))
}
