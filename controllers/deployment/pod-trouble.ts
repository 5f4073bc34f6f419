/**
 * Why one pod is not ready, from its own status alone. The sentences are stable: while the cause lasts they do not change
 * with each attempt, so that they can stand in a condition. Pure.
 */

import { isPodReady, podCondition } from '../../api/pod-status.ts'
import type { Container, ContainerStatus, Pod } from '../../api/types.ts'

/** What keeps a pod from being ready, the graver first: a rollout is explained by the first that any of its pods has. */
export const troubleCodes = [
  'unschedulable',
  'image',
  'config',
  'start',
  'crash',
  'init',
  'readiness',
] as const

export type TroubleCode = (typeof troubleCodes)[number]

export interface Trouble {
  code: TroubleCode
  /** Begins with the container, or with a verb about the pod; ends without a full stop. */
  sentence: string
  /** Where in the pod it is written. */
  field: string
  /** What the scheduler or the kubelet said, word for word; may change with each attempt. */
  detail: string
}

interface Place {
  status: ContainerStatus
  spec: Container | undefined
  /** `container "app"`. */
  label: string
  field: string
  init: boolean
}

/** `undefined` when nothing is wrong, or nothing is known yet. */
export function troubleOf(pod: Pod): Trouble | undefined {
  if (isPodReady(pod)) return undefined
  const places = placesOf(pod)
  return (
    unscheduled(pod) ??
    first(places, badImage) ??
    first(places, badConfig) ??
    first(places, cannotStart) ??
    first(places, crashing) ??
    first(places, initializing) ??
    unready(pod, places)
  )
}

function placesOf({ spec, status }: Pod): Place[] {
  const init = (status?.initContainerStatuses ?? []).map((each, at) => ({
    status: each,
    spec: spec?.initContainers?.find(({ name }) => name === each.name),
    label: `init container "${each.name}"`,
    field: `status.initContainerStatuses[${at}].state`,
    init: true,
  }))
  const main = (status?.containerStatuses ?? []).map((each, at) => ({
    status: each,
    spec: spec?.containers.find(({ name }) => name === each.name),
    label: `container "${each.name}"`,
    field: `status.containerStatuses[${at}].state`,
    init: false,
  }))
  return [...init, ...main]
}

function first(
  places: readonly Place[],
  rule: (place: Place) => Trouble | undefined,
): Trouble | undefined {
  for (const place of places) {
    const trouble = rule(place)
    if (trouble) return trouble
  }
  return undefined
}

function unscheduled(pod: Pod): Trouble | undefined {
  const condition = podCondition(pod, 'PodScheduled')
  if (condition?.status !== 'False' || pod.spec?.nodeName) return undefined
  const detail = condition.message ?? ''
  const field = 'status.conditions[PodScheduled]'
  if (condition.reason === 'SchedulingGated')
    return { code: 'unschedulable', sentence: 'waits for its scheduling gates', field, detail }
  // What eviction would have done is left to who reads the detail.
  const reasons = detail.replace(/ preemption: .*$/s, '')
  const sentence = `cannot be scheduled: ${reasons || condition.reason || 'no node fits'}`
  return { code: 'unschedulable', sentence, field, detail }
}

const waiting = ({ status }: Place) => status.state?.waiting
const detailOf = (place: Place): string => waiting(place)?.message ?? waiting(place)?.reason ?? ''

const imageSentences: ReadonlyMap<string, (image: string) => string> = new Map([
  ['ErrImagePull', cannotBePulled],
  ['ImagePullBackOff', cannotBePulled],
  [
    'RegistryUnavailable',
    (image) => `the registry of image "${image}" is unavailable (RegistryUnavailable)`,
  ],
  [
    'ErrImageNeverPull',
    (image) =>
      `image "${image}" is not on the node and its pull policy is Never (ErrImageNeverPull)`,
  ],
  ['InvalidImageName', (image) => `image name "${image}" is not valid (InvalidImageName)`],
  ['ImageInspectError', (image) => `image "${image}" cannot be read (ImageInspectError)`],
])

/** The kubelet says the one while it pulls and the other while it waits. */
function cannotBePulled(image: string): string {
  return `image "${image}" cannot be pulled (ErrImagePull/ImagePullBackOff)`
}

function badImage(place: Place): Trouble | undefined {
  const sentence = imageSentences.get(waiting(place)?.reason ?? '')
  if (!sentence) return undefined
  const image = place.spec?.image ?? place.status.image
  return {
    code: 'image',
    sentence: `${place.label}: ${sentence(image)}`,
    field: `${place.field}.waiting.reason`,
    detail: detailOf(place),
  }
}

function badConfig(place: Place): Trouble | undefined {
  const { reason, message } = waiting(place) ?? {}
  if (reason !== 'CreateContainerConfigError') return undefined
  const sentence = `${place.label} cannot be configured: ${message ?? 'no reason given'} (CreateContainerConfigError)`
  return {
    code: 'config',
    sentence,
    field: `${place.field}.waiting.message`,
    detail: message ?? '',
  }
}

const startErrors = new Set(['StartError', 'ContainerCannotRun'])

function cannotStart(place: Place): Trouble | undefined {
  const reason = waiting(place)?.reason
  const field = `${place.field}.waiting.reason`
  if (reason === 'CreateContainerError')
    return {
      code: 'start',
      sentence: `${place.label} cannot be created (CreateContainerError)`,
      field,
      detail: detailOf(place),
    }
  const ended = endOf(place)
  const neverRan = startErrors.has(ended?.reason ?? '') && !place.status.ready
  if (reason !== 'RunContainerError' && !neverRan) return undefined
  const sentence = `${place.label} cannot be started (RunContainerError/StartError)`
  return { code: 'start', sentence, field, detail: ended?.message ?? detailOf(place) }
}

/** How it ended: just now, or before it was started again. */
const endOf = ({ status: { state, lastState } }: Place) =>
  state?.terminated ?? lastState?.terminated

function crashing(place: Place): Trouble | undefined {
  const { status, init } = place
  const ended = endOf(place)
  const finishedInit = init && status.state?.terminated?.exitCode === 0
  if (status.ready || finishedInit || (init && status.started === true)) return undefined
  const backingOff = waiting(place)?.reason === 'CrashLoopBackOff'
  const endedNow = status.state?.terminated !== undefined && status.state.terminated !== null
  if (!backingOff && !ended) return undefined
  // Once restarted it is still the same trouble until it becomes ready.
  if (!backingOff && !endedNow && status.restartCount === 0) return undefined
  const how = ended
    ? `exits with code ${ended.exitCode} (${ended.reason ?? 'Error'})`
    : 'keeps ending'
  return {
    code: 'crash',
    sentence: `${place.label} ${how} and is restarted with back-off (CrashLoopBackOff)`,
    field: endedNow
      ? `${place.field}.terminated`
      : place.field.replace(/state$/, 'lastState.terminated'),
    detail: ended?.message ?? detailOf(place),
  }
}

function initializing(place: Place): Trouble | undefined {
  const { status, init, spec, label, field } = place
  if (!init || status.state?.terminated?.exitCode === 0) return undefined
  if (spec?.restartPolicy === 'Always' && status.started === true) return undefined
  if (!status.state?.running) return undefined
  return {
    code: 'init',
    sentence: `${label} has not finished`,
    field: `${field}.running`,
    detail: '',
  }
}

function unready(pod: Pod, places: readonly Place[]): Trouble | undefined {
  const ready = podCondition(pod, 'Ready')
  if (ready?.status === 'True') return undefined
  const slow = places.find(({ status, init }) => !init && status.state?.running && !status.ready)
  const detail = ready?.message ?? ''
  if (slow) {
    const probed = slow.spec?.readinessProbe || slow.spec?.startupProbe
    const why = probed ? ': its probe has not succeeded' : ''
    return {
      code: 'readiness',
      sentence: `${slow.label} runs but is not ready${why}`,
      field: slow.field.replace(/state$/, 'ready'),
      detail,
    }
  }
  const gate = pod.spec?.readinessGates?.find(
    ({ conditionType }) => podCondition(pod, conditionType)?.status !== 'True',
  )
  if (!gate) return undefined
  const sentence = `waits for its readiness gate "${gate.conditionType}"`
  return { code: 'readiness', sentence, field: `status.conditions[${gate.conditionType}]`, detail }
}
