/**
 * Metrics in the shape in which version 1 keeps those that it has no fields for: as JSON in annotations. The order
 * of keys is that of the older clients' types, so that the text is the same whoever wrote it.
 */

import type { HorizontalPodAutoscaler } from '../../../api/types.ts'

export type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number]
export type MetricStatus = NonNullable<
  NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']
>[number]
type Reference = NonNullable<Metric['object']>['describedObject']
type Selector = NonNullable<Metric['pods']>['metric']['selector']
type Target = NonNullable<Metric['pods']>['target']

interface Usage {
  name: string
  targetAverageUtilization?: number
  targetAverageValue?: string
  container?: string
}

interface CurrentUsage {
  name: string
  currentAverageUtilization?: number
  currentAverageValue?: string
  container?: string
}

/** A metric that is wanted. Fields that are `undefined` are not there. */
export interface OldMetric {
  type: string
  object?: {
    target: Reference
    metricName: string
    targetValue: string
    selector?: Selector
    averageValue?: string
  }
  pods?: { metricName: string; targetAverageValue: string; selector?: Selector }
  resource?: Usage
  containerResource?: Usage
  external?: {
    metricName: string
    metricSelector?: Selector
    targetValue?: string
    targetAverageValue?: string
  }
}

/** A metric as it is. */
export interface OldMetricStatus {
  type: string
  object?: {
    target: Reference
    metricName: string
    currentValue: string
    selector?: Selector
    averageValue?: string
  }
  pods?: { metricName: string; currentAverageValue: string; selector?: Selector }
  resource?: CurrentUsage
  containerResource?: CurrentUsage
  external?: {
    metricName: string
    metricSelector?: Selector
    currentValue: string
    currentAverageValue?: string
  }
}

/** The text comes from an annotation: nothing is sure to be there. */
const referenceOf = (reference: Reference | undefined): Reference => ({
  kind: reference?.kind ?? '',
  name: reference?.name ?? '',
  apiVersion: reference?.apiVersion,
})

export function toOldMetric(metric: Metric): OldMetric {
  const { type, object, pods, resource, containerResource, external } = metric
  const usage = ({ name, target }: { name: string; target: Target }): Usage => ({
    name,
    targetAverageUtilization: target.averageUtilization,
    targetAverageValue: target.averageValue,
  })
  return {
    type,
    object: object && {
      target: referenceOf(object.describedObject),
      metricName: object.metric.name,
      targetValue: object.target.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.target.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      targetAverageValue: pods.target.averageValue ?? '0',
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
      targetValue: external.target.value,
      targetAverageValue: external.target.averageValue,
    },
  }
}

export function fromOldMetric(old: OldMetric): Metric {
  const { type, object, pods, resource, containerResource, external } = old
  const usage = ({ targetAverageUtilization: percent, targetAverageValue: value }: Usage) => ({
    type: percent === undefined ? 'AverageValue' : 'Utilization',
    averageValue: value,
    averageUtilization: percent,
  })
  return compact({
    type,
    object: object && {
      describedObject: referenceOf(object.target),
      metric: { name: object.metricName, selector: object.selector },
      target: {
        type: object.averageValue === undefined ? 'Value' : 'AverageValue',
        value: object.targetValue,
        averageValue: object.averageValue,
      },
    },
    pods: pods && {
      metric: { name: pods.metricName, selector: pods.selector },
      target: { type: 'AverageValue', averageValue: pods.targetAverageValue },
    },
    resource: resource && { name: resource.name, target: usage(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container ?? '',
      target: usage(containerResource),
    },
    external: external && {
      metric: { name: external.metricName, selector: external.metricSelector },
      target: {
        type: external.targetValue === undefined ? 'AverageValue' : 'Value',
        value: external.targetValue,
        averageValue: external.targetAverageValue,
      },
    },
  })
}

export function toOldStatus(status: MetricStatus): OldMetricStatus {
  const { type, object, pods, resource, containerResource, external } = status
  const usage = ({
    name,
    current,
  }: {
    name: string
    current: { averageUtilization?: number; averageValue?: string }
  }): CurrentUsage => ({
    name,
    currentAverageUtilization: current.averageUtilization,
    currentAverageValue: current.averageValue ?? '0',
  })
  return {
    type,
    object: object && {
      target: referenceOf(object.describedObject),
      metricName: object.metric.name,
      currentValue: object.current.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.current.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      currentAverageValue: pods.current.averageValue ?? '0',
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
      currentValue: external.current.value ?? '0',
      currentAverageValue: external.current.averageValue,
    },
  }
}

export function fromOldStatus(old: OldMetricStatus): MetricStatus {
  const { type, object, pods, resource, containerResource, external } = old
  const usage = ({ currentAverageUtilization, currentAverageValue }: CurrentUsage) => ({
    averageUtilization: currentAverageUtilization,
    averageValue: currentAverageValue,
  })
  return compact({
    type,
    object: object && {
      describedObject: referenceOf(object.target),
      metric: { name: object.metricName, selector: object.selector },
      current: { value: object.currentValue, averageValue: object.averageValue },
    },
    pods: pods && {
      metric: { name: pods.metricName, selector: pods.selector },
      current: { averageValue: pods.currentAverageValue },
    },
    resource: resource && { name: resource.name, current: usage(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container ?? '',
      current: usage(containerResource),
    },
    external: external && {
      metric: { name: external.metricName, selector: external.metricSelector },
      current: { value: external.currentValue, averageValue: external.currentAverageValue },
    },
  })
}

/** As JSON would have it: fields that are `undefined` are gone. */
const compact = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
