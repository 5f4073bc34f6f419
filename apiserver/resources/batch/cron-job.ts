/** CronJob: a Job at every time of a schedule. */

import type { CronJob } from '../../../api/types.ts'
import { age } from '../ages.ts'
import { ageColumn, containerColumns, formatLabelSelector, nameColumn } from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { workloadWarnings } from '../core/pod/pod-warnings.ts'
import { defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import {
  defaultCronJob,
  validateCronJob,
  validateNewCronJob,
  validateWhen,
} from './cron-job-rules.ts'
import { jobSpecWarnings } from './job-rules.ts'

function warnings(cronJob: CronJob, old: CronJob | undefined): string[] {
  const { jobTemplate, schedule } = cronJob.spec ?? {}
  const field = 'spec.jobTemplate.spec'
  const told = [...workloadWarnings(cronJob, old, jobTemplate?.spec?.template, `${field}.template`)]
  const isNews = old?.metadata.generation !== cronJob.metadata.generation
  if (jobTemplate?.spec && isNews) told.push(...jobSpecWarnings(jobTemplate.spec, field))
  if (schedule?.includes('TZ'))
    told.push(
      'CRON_TZ or TZ used in spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    )
  return told
}

export const cronJobs = defineResource<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.CronJob',
  strategy: {
    ...statusStrategy<CronJob>(() => ({})),
    default: defaultCronJob,
    validate: (cronJob) => [...validateCronJob(cronJob)],
    validateCreate: (cronJob) => [...validateNewCronJob(cronJob)],
    validateUpdate: ({ spec }, old) => (spec ? [...validateWhen(spec, old.spec)] : []),
    warnings,
  },
  subresources: [statusSubresource],
  columns: [
    nameColumn,
    {
      name: 'Schedule',
      type: 'string',
      description: 'When it runs.',
      cell: ({ spec }) => spec?.schedule ?? '',
    },
    {
      name: 'Timezone',
      type: 'string',
      description: 'Whose clock the schedule means.',
      cell: ({ spec }) => spec?.timeZone ?? '<none>',
    },
    {
      name: 'Suspend',
      type: 'boolean',
      description: 'Whether it makes no more Jobs.',
      cell: ({ spec }) =>
        spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
    },
    {
      name: 'Active',
      type: 'integer',
      description: 'Jobs that are running.',
      cell: ({ status }) => (status?.active ?? []).length,
    },
    {
      name: 'Last Schedule',
      type: 'string',
      description: 'How long ago it last made a Job.',
      cell: ({ status }, { now }) =>
        status?.lastScheduleTime ? age(status.lastScheduleTime, now) : '<none>',
    },
    ageColumn,
    ...containerColumns<CronJob>(({ spec }) => spec?.jobTemplate?.spec?.template, 1),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'The labels of the pods of its Jobs.',
      cell: ({ spec }) => formatLabelSelector(spec?.jobTemplate?.spec?.selector),
    },
  ],
})
