/** Containers run, and the pod is not ready: what its probe was answered, or which gate is closed. */

import { podCondition } from '../../api/pod-status.ts'
import type { Event, Pod, Probe } from '../../api/types.ts'
import type { Place, Told, Trouble } from './trouble.ts'

export function unready(pod: Pod, places: readonly Place[], told: Told): Trouble | undefined {
  const ready = podCondition(pod, 'Ready')
  if (ready?.status === 'True') return undefined
  const slow = places.find(({ status, init }) => !init && status.state?.running && !status.ready)
  const detail = ready?.message ?? ''
  if (slow) return slowContainer(slow, detail, told)
  const gate = pod.spec?.readinessGates?.find(
    ({ conditionType }) => podCondition(pod, conditionType)?.status !== 'True',
  )
  if (!gate) return undefined
  return {
    code: 'readiness',
    sentence: `waits for its readiness gate "${gate.conditionType}"`,
    field: `status.conditions[${gate.conditionType}]`,
    detail,
    hopeless: false,
  }
}

function slowContainer(slow: Place, detail: string, { events }: Told): Trouble {
  // Until the startup probe has succeeded the other is not asked.
  const starting = slow.spec?.startupProbe && slow.status.started !== true
  const probe = starting ? slow.spec?.startupProbe : slow.spec?.readinessProbe
  const probed = probe ?? slow.spec?.startupProbe
  const last = probe && lastAnswer(slow, starting ? 'Startup' : 'Readiness', events)
  return {
    code: 'readiness',
    sentence: `${slow.label} runs but is not ready${probed ? ': its probe has not succeeded' : ''}`,
    field: slow.field.replace(/state$/, 'ready'),
    detail,
    hopeless: false,
    ...(last ? { more: [{ field: 'events[Unhealthy]', message: answer(last, probe) }] } : {}),
  }
}

const timeOf = ({ series, lastTimestamp, eventTime, metadata }: Event): string =>
  series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''

/** Times differ in their precision; as numbers they compare. */
const moment = (event: Event): number => Date.parse(timeOf(event)) || 0

function lastAnswer({ pod, status }: Place, which: string, events: readonly Event[]) {
  return events
    .filter(
      ({ involvedObject, reason, message = '' }) =>
        reason === 'Unhealthy' &&
        involvedObject.uid === pod.metadata.uid &&
        message.startsWith(`${which} probe`) &&
        (!involvedObject.fieldPath || involvedObject.fieldPath.includes(`{${status.name}}`)),
    )
    .sort((a, b) => moment(b) - moment(a) || ((a.message ?? '') < (b.message ?? '') ? -1 : 1))[0]
}

function answer({ message = '', count, series }: Event, { failureThreshold = 3 }: Probe): string {
  const failures = series?.count ?? count ?? 1
  return `${message.trim()} (failures ${failures}/${failureThreshold})`
}
