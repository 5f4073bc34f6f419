/** Job: pods that run until so many of them have succeeded. */

import type { Job } from '../../../api/types.ts'
import { humanDuration } from '../ages.ts'
import { ageColumn, nameColumn, selectorColumn, templateColumns } from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { workloadWarnings } from '../core/pod/pod-warnings.ts'
import { defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import { defaultJob, jobSpecWarnings, validateJob, validateJobUpdate } from './job-rules.ts'
import { generateSelector, validateSelector } from './job-selector.ts'
import { validateJobStatus } from './job-status-validation.ts'

const keepStatus = statusStrategy<Job>(() => ({}))

/** In the order of what matters more. */
const told = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet']

function statusOf({ metadata, status }: Job): string {
  const holds = (type: string) =>
    status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false
  if (holds('Complete')) return 'Complete'
  if (holds('Failed')) return 'Failed'
  if (metadata.deletionTimestamp) return 'Terminating'
  return told.find(holds) ?? 'Running'
}

/** `2/3`, or `2/1 of 5` for one that ends with the first success of five. */
function completionsOf({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`
  const parallelism = spec?.parallelism ?? 0
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function durationOf({ status }: Job, now: number): string {
  const { startTime, completionTime } = status ?? {}
  if (!startTime) return ''
  return humanDuration((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime))
}

function warnings(job: Job, old: Job | undefined): string[] {
  const told = [...workloadWarnings(job, old, job.spec?.template)]
  const isNews = old?.metadata.generation !== job.metadata.generation
  if (job.spec && isNews) told.push(...jobSpecWarnings(job.spec, 'spec'))
  return told
}

export const jobs = defineResource<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.Job',
  strategy: {
    ...keepStatus,
    orphansByDefault: {
      warning:
        'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
    },
    default: defaultJob,
    prepareForCreate(job, context) {
      keepStatus.prepareForCreate(job, context)
      generateSelector(job)
    },
    validate: (job) => [...validateJob(job)],
    validateCreate: (job) => [...validateSelector(job, undefined)],
    validateUpdate: (job, old) => [...validateJobUpdate(job, old)],
    warnings,
    validateStatusUpdate: (job, old) => [...validateJobStatus(job, old)],
  },
  subresources: [statusSubresource],
  fieldSelectors: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'How far it has come.',
      cell: statusOf,
    },
    {
      name: 'Completions',
      type: 'string',
      description: 'Pods that succeeded, of those that must.',
      cell: completionsOf,
    },
    {
      name: 'Duration',
      type: 'string',
      description: 'How long it has been running, or did.',
      cell: (job, { now }) => durationOf(job, now),
    },
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
})
