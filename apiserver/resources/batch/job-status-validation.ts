/**
 * What a Job's status may say. Others than the built-in controller may write it, so what clients rely on is enforced:
 * a Job that has ended stays so, counters grow, indexes are well-formed. A rule is asked only when what it is about
 * changes, so that one old mistake does not keep the rest from being written.
 */

import type { Job } from '../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  invalid,
  invalidAsWhole,
  nonNegative,
  required,
} from '../field-errors.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { overlapOf, parseIndexes } from './job-indexes.ts'

type Status = NonNullable<Job['status']>

const holds = ({ status }: Job, type: string) =>
  status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ??
  false
const isComplete = (job: Job) => holds(job, 'Complete')
const isFailed = (job: Job) => holds(job, 'Failed')
export const isFinished = (job: Job) => isComplete(job) || isFailed(job)

export function* validateJobStatus(job: Job, old: Job): FieldErrors {
  const status = job.status ?? {}
  for (const name of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const)
    yield* nonNegative(`status.${name}`, status[name])
  yield* validateUncounted(status)
  yield* validateConditions(job, old)
  yield* validateTimes(job, old)
  yield* validateFinished(job, old)
  yield* validateIndexes(job, old)
  if ((status.ready ?? 0) > (status.active ?? 0))
    yield invalid('status.ready', status.ready, 'cannot set more ready pods than active')
  yield* validateCounters(job, old)
}

function* validateUncounted({ uncountedTerminatedPods }: Status): FieldErrors {
  const seen = new Set<string>()
  for (const list of ['succeeded', 'failed'] as const)
    for (const [index, uid] of (uncountedTerminatedPods?.[list] ?? []).entries()) {
      const at = `status.uncountedTerminatedPods.${list}[${index}]`
      if (uid === '') yield invalid(at, uid, 'must not be empty')
      else if (seen.has(uid)) yield duplicate(at, uid)
      seen.add(uid)
    }
}

/** Conditions that exclude each other, as they are named in the message. */
const exclusive = [
  ['Complete', 'Failed', 'cannot set Complete=True and Failed=true conditions'],
  ['Complete', 'FailureTarget', 'cannot set Complete=True and FailureTarget=true conditions'],
  ['SuccessCriteriaMet', 'Failed', 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
  [
    'SuccessCriteriaMet',
    'FailureTarget',
    'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
  ],
] as const

/** Conditions that come only after another. */
const announced = [
  [
    'Failed',
    'FailureTarget',
    'cannot set Failed=True condition without the FailureTarget=true condition',
  ],
  [
    'Complete',
    'SuccessCriteriaMet',
    'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ],
] as const

function* validateConditions(job: Job, old: Job): FieldErrors {
  const at = 'status.conditions'
  const changed = (...types: string[]) =>
    types.some((type) => holds(job, type) !== holds(old, type))
  for (const [one, other, message] of exclusive)
    if (changed(one, other) && holds(job, one) && holds(job, other))
      yield invalidAsWhole(at, message)
  for (const [later, earlier, message] of announced)
    if (changed(later) && holds(job, later) && !holds(job, earlier))
      yield invalidAsWhole(at, message)
  for (const type of ['Failed', 'Complete', 'FailureTarget'])
    if (holds(old, type) && !holds(job, type))
      yield invalidAsWhole(at, `cannot disable the terminal ${type}=True condition`)
  const met = 'SuccessCriteriaMet'
  if (holds(old, met) && !holds(job, met))
    yield invalidAsWhole(at, 'cannot disable the SuccessCriteriaMet=True condition')
  if (isComplete(old) && !holds(old, met) && holds(job, met))
    yield invalidAsWhole(
      at,
      'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions',
    )
}

function* validateTimes(job: Job, old: Job): FieldErrors {
  const { startTime, completionTime } = job.status ?? {}
  const before = old.status ?? {}
  const at = 'status.completionTime'
  const completed = completionTime !== before.completionTime
  if (completed || isComplete(job) !== isComplete(old)) {
    if (completionTime && !isComplete(job))
      yield invalid(
        at,
        completionTime,
        'cannot set completionTime when there is no Complete=True condition',
      )
    if (!completionTime && isComplete(job))
      yield required(at, 'completionTime is required for Complete jobs')
  }
  const started = startTime !== before.startTime
  if ((started || completed) && startTime && completionTime)
    if (Date.parse(completionTime) < Date.parse(startTime))
      yield invalid(at, completionTime, 'completionTime cannot be set before startTime')
  if (completionTime && before.completionTime && completed)
    yield invalid(at, completionTime, 'completionTime cannot be mutated')
  if (started && before.startTime && !job.spec?.suspend)
    yield required('status.startTime', 'startTime cannot be removed for unsuspended job')
}

function* validateFinished(job: Job, old: Job): FieldErrors {
  if (!isFinished(job)) return
  const status = job.status ?? {}
  const before = old.status ?? {}
  const ended = !isFinished(old)
  const changed = (name: keyof Status) => ended || !semanticallyEqual(status[name], before[name])
  if ((status.active ?? 0) > 0 && changed('active'))
    yield invalid('status.active', status.active, 'active>0 is invalid for finished job')
  if (!status.startTime && changed('startTime'))
    yield required('status.startTime', 'startTime is required for finished job')
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  if (succeeded.length + failed.length > 0 && changed('uncountedTerminatedPods'))
    yield invalid(
      'status.uncountedTerminatedPods',
      status.uncountedTerminatedPods,
      'uncountedTerminatedPods needs to be empty for finished job',
    )
  if ((status.terminating ?? 0) > 0 && changed('terminating'))
    yield invalid(
      'status.terminating',
      status.terminating,
      'terminating>0 is invalid for finished job',
    )
}

function* validateIndexes({ spec, status = {} }: Job, { status: before = {} }: Job): FieldErrors {
  const { completedIndexes = '', failedIndexes } = status
  const newlyCompleted = completedIndexes !== (before.completedIndexes ?? '')
  const newlyFailed = failedIndexes !== before.failedIndexes
  if (!newlyCompleted && !newlyFailed) return
  const completions = spec?.completions
  const parsed = (text: string) => parseIndexes(text, completions ?? 0)
  const completed = completions === undefined ? [] : parsed(completedIndexes)
  const failed = completions === undefined ? [] : parsed(failedIndexes ?? '')
  const at = 'status.completedIndexes'
  if (newlyCompleted && typeof completed === 'string')
    yield invalid(at, completedIndexes, `error parsing completedIndexes: ${completed}`)
  if (newlyCompleted && completedIndexes !== '' && spec?.completionMode !== 'Indexed')
    yield invalid(
      at,
      completedIndexes,
      'cannot set non-empty completedIndexes when non-indexed completion mode',
    )
  if (failedIndexes === undefined) return
  const limited = spec?.backoffLimitPerIndex !== undefined
  if (newlyFailed && limited && typeof failed === 'string')
    yield invalid('status.failedIndexes', failedIndexes, `error parsing failedIndexes: ${failed}`)
  if (newlyFailed && !limited)
    yield invalid(
      'status.failedIndexes',
      failedIndexes,
      'cannot set non-null failedIndexes when backoffLimitPerIndex is null',
    )
  if (typeof completed === 'string' || typeof failed === 'string') return
  const both = overlapOf(completed, failed)
  if (both !== undefined)
    yield invalid(
      'status.failedIndexes',
      failedIndexes,
      `failedIndexes and completedIndexes overlap at index: ${both}`,
    )
}

/** Indexed Jobs that run all at once may become smaller, and so may what has succeeded. */
function* validateCounters({ spec, status = {} }: Job, { status: before = {} }: Job): FieldErrors {
  if ((status.failed ?? 0) < (before.failed ?? 0))
    yield invalid('status.failed', status.failed ?? 0, 'cannot decrease the failed counter')
  const elastic = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if (!elastic && (status.succeeded ?? 0) < (before.succeeded ?? 0))
    yield invalid(
      'status.succeeded',
      status.succeeded ?? 0,
      'cannot decrease the succeeded counter',
    )
}
