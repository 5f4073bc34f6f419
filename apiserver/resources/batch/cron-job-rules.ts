/** What a CronJob means when it does not say, and what it must not say. */

import type { CronJob, JobSpec } from '../../../api/types.ts'
import { type FieldErrors, invalid, nonNegative, notSupported, required } from '../field-errors.ts'
import { byteLength } from '../name-validation.ts'
import { isTimeZone, scheduleProblem } from './cron-schedule.ts'
import { defaultJobTemplate } from './job-rules.ts'
import { validateJobSpec } from './job-spec-validation.ts'

type Spec = NonNullable<CronJob['spec']>

/** Changes `cronJob`; idempotent. */
export function defaultCronJob({ spec }: CronJob): void {
  if (!spec) return
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  if (spec.jobTemplate?.spec) defaultJobTemplate(spec.jobTemplate.spec)
}

/** Its Jobs are named after it and a time, so there must be room for that. */
const longestName = 52

export function* validateNewCronJob({ metadata, spec }: CronJob): FieldErrors {
  if (byteLength(metadata.name ?? '') > longestName)
    yield invalid('metadata.name', metadata.name, `must be no more than ${longestName} characters`)
  if (spec) yield* validateWhen(spec, undefined)
}

/** What is asked whether it is new or changes. */
export function* validateCronJob({ spec }: CronJob): FieldErrors {
  if (!spec) return yield required('spec')
  yield* nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds)
  const policy = spec.concurrencyPolicy
  if (!policy) yield required('spec.concurrencyPolicy')
  else if (!['Allow', 'Forbid', 'Replace'].includes(policy))
    yield notSupported('spec.concurrencyPolicy', policy, ['Allow', 'Forbid', 'Replace'])
  yield* validateJobTemplate(spec.jobTemplate?.spec, 'spec.jobTemplate.spec')
  yield* nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit)
  yield* nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit)
}

function* validateJobTemplate(spec: JobSpec | undefined, field: string): FieldErrors {
  if (!spec) return yield required(field)
  yield* validateJobSpec(spec, field)
  if (spec.selector)
    yield invalid(`${field}.selector`, spec.selector, '`selector` will be auto-generated')
  if (spec.manualSelector) yield notSupported(`${field}.manualSelector`, true, ['nil', 'false'])
}

/** @param old its mistakes about time zones may stay. */
export function* validateWhen(spec: Spec, old: Spec | undefined): FieldErrors {
  const { schedule, timeZone } = spec
  if (!schedule) yield required('spec.schedule')
  else {
    const problem = scheduleProblem(schedule)
    if (problem) yield invalid('spec.schedule', schedule, problem)
    if (schedule.includes('TZ') && !old?.schedule?.includes('TZ'))
      yield invalid(
        'spec.schedule',
        schedule,
        'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      )
    else if (schedule.includes('TZ') && timeZone !== undefined)
      yield invalid(
        'spec.schedule',
        schedule,
        'cannot use both timeZone field and TZ or CRON_TZ in schedule',
      )
  }
  if (timeZone !== undefined && timeZone !== old?.timeZone)
    yield* validateTimeZone(timeZone, 'spec.timeZone')
}

function* validateTimeZone(name: string, field: string): FieldErrors {
  if (name === '') return yield invalid(field, name, 'timeZone must be nil or non-empty string')
  const unknown = `unknown time zone ${name}`
  for (const part of name.split('/'))
    if (part === '.' || part === '..' || !/^(?!-)[A-Za-z.\-_0-9+]{1,14}$/.test(part))
      return yield invalid(field, name, unknown)
  if (name.toLowerCase() === 'local')
    yield invalid(
      field,
      name,
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    )
  else if (!isTimeZone(name)) yield invalid(field, name, unknown)
}
