/** Metrics as a table tells them: `cpu: 12%/80%, 3/10 (avg) + 1 more...`. */

import type { HorizontalPodAutoscaler } from '../../../api/types.ts'

type Spec = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number]
type Status = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number]

const most = 2
const unknown = '<unknown>'

/** @param statuses in the same order, as far as they are known */
export function formatMetrics(
  specs: readonly Spec[] | undefined,
  statuses: readonly Status[] | undefined,
): string {
  if (!specs || specs.length === 0) return '<none>'
  const told = specs.slice(0, most).map((spec, index) => formatMetric(spec, statuses?.[index]))
  const more = specs.length > most ? ` + ${specs.length - most} more...` : ''
  return told.join(', ') + more
}

interface Named {
  name: string
  target: { averageValue?: string; averageUtilization?: number }
}

interface Current {
  averageValue?: string
  averageUtilization?: number
  value?: string
}

function formatMetric(spec: Spec, status: Status | undefined): string {
  const { external, pods, object, resource, containerResource } = spec
  switch (spec.type) {
    case 'External':
      return formatValue(external?.target, status?.external?.current)
    case 'Object':
      return formatValue(object?.target, status?.object?.current)
    case 'Pods':
      return `${status?.pods?.current?.averageValue ?? unknown}/${pods?.target?.averageValue ?? ''}`
    case 'Resource':
      return formatUsage(resource, status?.resource?.current)
    case 'ContainerResource':
      return formatUsage(containerResource, status?.containerResource?.current)
    default:
      return '<unknown type>'
  }
}

const formatValue = (target: Current | undefined, current: Current | undefined): string =>
  target?.averageValue === undefined
    ? `${current?.value ?? unknown}/${target?.value ?? ''}`
    : `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`

function formatUsage(source: Named | undefined, current: Current | undefined): string {
  const { name = '', target = {} } = source ?? {}
  if (target.averageValue !== undefined)
    return `${name}: ${current?.averageValue ?? unknown}/${target.averageValue}`
  const percent = (value: number | undefined, otherwise: string) =>
    value === undefined ? otherwise : `${value}%`
  const now = percent(current?.averageUtilization, unknown)
  return `${name}: ${now}/${percent(target.averageUtilization, '<auto>')}`
}
