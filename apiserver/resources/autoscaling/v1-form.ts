/**
 * An autoscaler as version 1 shows it: one target for CPU in a field of its own, all else in annotations. Going there
 * and back loses nothing. Annotations of another
 * shape are dropped: nobody can have meant them.
 */

import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from '../../../api/types.ts'
import { StatusError } from '../../http/status.ts'
import { decodeObject } from '../../schema/decode.ts'
import {
  fromOldMetric,
  fromOldStatus,
  type Metric,
  type OldMetric,
  toOldMetric,
  toOldStatus,
} from './v1-metrics.ts'

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>
type Rules = NonNullable<Behavior['scaleUp']>
type Conditions = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['conditions']>

const prefix = 'autoscaling.alpha.kubernetes.io/'
const metricsKey = `${prefix}metrics`
const currentKey = `${prefix}current-metrics`
const conditionsKey = `${prefix}conditions`
const behaviorKey = `${prefix}behavior`

const isCpu = ({ type, resource }: { type: string; resource?: { name: string } }) =>
  type === 'Resource' && resource?.name === 'cpu'
const isCpuTarget = (metric: Metric) =>
  isCpu(metric) && metric.resource?.target?.averageUtilization !== undefined

/** The object is not changed. */
export function toV1(autoscaler: HorizontalPodAutoscaler): HorizontalPodAutoscalerV1 {
  const { spec, status, metadata } = autoscaler
  const annotations: Record<string, string> = { ...metadata.annotations }
  const others = (spec?.metrics ?? []).filter((metric) => !isCpuTarget(metric))
  const current = status?.currentMetrics ?? []
  const conditions = status?.conditions ?? []
  if (others.length > 0) annotations[metricsKey] = JSON.stringify(others.map(toOldMetric))
  if (current.length > 0) annotations[currentKey] = JSON.stringify(current.map(toOldStatus))
  if (conditions.length > 0)
    annotations[conditionsKey] = JSON.stringify(conditions.map(conditionOf))
  if (spec?.behavior) annotations[behaviorKey] = behaviorText(spec.behavior)
  const cpu = spec?.metrics?.findLast(isCpuTarget)?.resource?.target?.averageUtilization
  const used = current.find(isCpu)?.resource?.current?.averageUtilization
  const shown: HorizontalPodAutoscalerV1 = {
    ...autoscaler,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(metadata, annotations),
    spec: spec && {
      scaleTargetRef: spec.scaleTargetRef,
      ...(spec.minReplicas !== undefined && { minReplicas: spec.minReplicas }),
      maxReplicas: spec.maxReplicas,
      ...(cpu !== undefined && { targetCPUUtilizationPercentage: cpu }),
    },
    status: status && {
      ...(status.observedGeneration !== undefined && {
        observedGeneration: status.observedGeneration,
      }),
      ...(status.lastScaleTime !== undefined && { lastScaleTime: status.lastScaleTime }),
      currentReplicas: status.currentReplicas ?? 0,
      desiredReplicas: status.desiredReplicas ?? 0,
      ...(used !== undefined && { currentCPUUtilizationPercentage: used }),
    },
  }
  return shown
}

/** The object is not changed. */
export function fromV1(shown: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler {
  const { spec, status, metadata } = shown
  const { targetCPUUtilizationPercentage: cpu, ...rest } = spec ?? {}
  const { currentCPUUtilizationPercentage: used, ...counts } = status ?? {}
  const annotations = { ...metadata.annotations }
  const metrics = metricsIn(annotations[metricsKey]) ?? []
  if (cpu !== undefined) metrics.push(cpuTarget(cpu))
  const current = currentIn(annotations[currentKey])
  const conditions = conditionsIn(annotations[conditionsKey])
  const behavior = behaviorIn(annotations[behaviorKey])
  for (const key of [metricsKey, currentKey, conditionsKey, behaviorKey]) delete annotations[key]
  const currentMetrics =
    current ??
    (used === undefined
      ? undefined
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: used } } }])
  return {
    ...shown,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(metadata, annotations),
    ...(spec && {
      spec: {
        ...(rest as Required<typeof rest>),
        metrics: metrics.length > 0 ? metrics : [cpuTarget(80)],
        ...(behavior && { behavior }),
      },
    }),
    ...(status && {
      status: {
        ...(counts as Required<typeof counts>),
        ...(currentMetrics && { currentMetrics }),
        ...(conditions && { conditions }),
      },
    }),
  } as HorizontalPodAutoscaler
}

const cpuTarget = (averageUtilization: number): Metric => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})

function withAnnotations(
  metadata: HorizontalPodAutoscaler['metadata'],
  annotations: Record<string, string>,
): HorizontalPodAutoscaler['metadata'] {
  const { annotations: _, ...rest } = metadata
  return Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest
}

/** What an annotation says, if it has the shape of what it stands for. */
function metricsIn(text: string | undefined): Metric[] | undefined {
  const metrics = listIn<OldMetric>(text)?.map(fromOldMetric)
  return metrics && decoded({ spec: { metrics } })?.spec?.metrics
}

function currentIn(text: string | undefined) {
  const currentMetrics = listIn<OldMetric>(text)?.map(fromOldStatus)
  return currentMetrics && decoded({ status: { currentMetrics } })?.status?.currentMetrics
}

function conditionsIn(text: string | undefined): Conditions | undefined {
  const conditions = listIn<Conditions[number]>(text)
  return conditions && decoded({ status: { conditions } })?.status?.conditions
}

function behaviorIn(text: string | undefined): Behavior | undefined {
  const old = parsed(text)
  if (!isRecord(old)) return undefined
  return decoded({ spec: { behavior: behaviorOf(old) } })?.spec?.behavior
}

/** Anybody may write an annotation: its parts have the types that the API says, or it counts for nothing. */
function decoded(part: object): HorizontalPodAutoscaler | undefined {
  try {
    return decodeObject<HorizontalPodAutoscaler>({ metadata: {}, ...part }, expected).object
  } catch (error) {
    if (error instanceof StatusError) return undefined
    throw error
  }
}

const expected = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
}

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function listIn<T>(text: string | undefined): T[] | undefined {
  const value = parsed(text)
  return Array.isArray(value) ? (value.filter(isRecord) as T[]) : undefined
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const conditionOf = ({
  type,
  status,
  lastTransitionTime,
  reason,
  message,
}: Conditions[number]) => ({
  type,
  status,
  lastTransitionTime: lastTransitionTime ?? null,
  reason,
  message,
})

/** The names of fields are those of the types inside kube-apiserver: that is how it was first written. */
interface OldRules {
  StabilizationWindowSeconds?: number | null
  SelectPolicy?: string | null
  Policies?: { Type: string; Value: number; PeriodSeconds: number }[] | null
  Tolerance?: string | null
}
interface OldBehavior {
  ScaleUp?: OldRules | null
  ScaleDown?: OldRules | null
}

function behaviorText({ scaleUp, scaleDown }: Behavior): string {
  const rules = (said: Rules | undefined): OldRules | null =>
    said
      ? {
          StabilizationWindowSeconds: said.stabilizationWindowSeconds ?? null,
          SelectPolicy: said.selectPolicy ?? null,
          Policies:
            said.policies?.map(({ type, value, periodSeconds }) => ({
              Type: type,
              Value: value,
              PeriodSeconds: periodSeconds,
            })) ?? null,
          Tolerance: said.tolerance ?? null,
        }
      : null
  return JSON.stringify({ ScaleUp: rules(scaleUp), ScaleDown: rules(scaleDown) })
}

function behaviorOf({ ScaleUp, ScaleDown }: OldBehavior): Behavior {
  const scaleUp = rulesOf(ScaleUp)
  const scaleDown = rulesOf(ScaleDown)
  return { ...(scaleUp && { scaleUp }), ...(scaleDown && { scaleDown }) }
}

function rulesOf(old: OldRules | null | undefined): Rules | undefined {
  if (!old) return undefined
  const { StabilizationWindowSeconds, SelectPolicy, Policies, Tolerance } = old
  const policies = (Array.isArray(Policies) ? Policies.filter(isRecord) : undefined)?.map(
    ({ Type, Value, PeriodSeconds }) => ({
      type: Type,
      value: Value,
      periodSeconds: PeriodSeconds,
    }),
  )
  return {
    ...(StabilizationWindowSeconds != null && {
      stabilizationWindowSeconds: StabilizationWindowSeconds,
    }),
    ...(SelectPolicy != null && { selectPolicy: SelectPolicy }),
    ...(policies && { policies }),
    ...(Tolerance != null && { tolerance: Tolerance }),
  }
}
