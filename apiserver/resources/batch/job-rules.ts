/** What a Job means when it does not say, what it must not say, and what of it stays. */

import type { Container, Job, JobSpec, PodTemplateSpec } from '../../../api/types.ts'
import { defaultPodSpec } from '../core/pod/pod-template-defaults.ts'
import { type FieldErrors, immutable, invalid, required } from '../field-errors.ts'
import { labelProblems } from '../name-validation.ts'
import { validateSelector } from './job-selector.ts'
import { validateJobSpec } from './job-spec-validation.ts'

const isEmpty = (labels: Record<string, string> | undefined) =>
  Object.keys(labels ?? {}).length === 0

/** Changes `job`; idempotent. */
export function defaultJob({ metadata, spec }: Job): void {
  if (!spec) return
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  spec.manualSelector ??= false
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
  defaultJobTemplate(spec)
  const labels = spec.template?.metadata?.labels
  if (labels && isEmpty(metadata.labels)) metadata.labels = { ...labels }
}

/** What is filled in for the template of a Job as well. Changes `spec`; idempotent. */
export function defaultJobTemplate({ template, podFailurePolicy }: JobSpec): void {
  if (template?.spec) defaultPodSpec(template.spec)
  for (const { onPodConditions } of podFailurePolicy?.rules ?? [])
    for (const condition of onPodConditions ?? []) condition.status ||= 'True'
}

export function* validateJob(job: Job): FieldErrors {
  const { metadata, spec } = job
  if (!spec) return yield required('spec')
  yield* validateJobSpec(spec, 'spec')
  if (spec.completionMode !== 'Indexed' || !spec.completions) return
  const longest = `${metadata.name ?? ''}-${spec.completions - 1}`
  if (labelProblems(longest).length > 0)
    yield invalid(
      'metadata.name',
      metadata.name,
      `will not able to create pod with invalid DNS label: ${longest}`,
    )
}

const fixed = [
  'selector',
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const

export function* validateJobUpdate(job: Job, old: Job): FieldErrors {
  yield* validateSelector(job, old)
  const { spec } = job
  const { spec: before } = old
  if (!spec || !before) return
  yield* validateCompletions(spec, before)
  for (const name of fixed) yield* immutable(`spec.${name}`, spec[name], before[name])
  const template = isAtRest(old)
    ? withDirectivesOf(before.template, spec.template)
    : before.template
  yield* immutable('spec.template', spec.template, template)
}

/** An indexed Job may grow and shrink, if it runs all its pods at once. */
function* validateCompletions(spec: JobSpec, before: JobSpec): FieldErrors {
  const { completions, completionMode, parallelism } = spec
  if (completionMode !== 'Indexed')
    return yield* immutable('spec.completions', completions, before.completions)
  if (completions === undefined || completions === before.completions) return
  if (completions !== parallelism)
    yield invalid(
      'spec.completions',
      completions,
      'can only be modified in tandem with spec.parallelism',
    )
}

/** It is suspended, and has no pods, or none any more. */
const isAtRest = ({ spec, status }: Job) => spec?.suspend === true && !status?.active

/** Where pods go, and how large they are, may still be decided while there are none: queues do that. */
function withDirectivesOf(before: PodTemplateSpec, now: PodTemplateSpec): PodTemplateSpec {
  if (!before.spec || !now?.spec) return before
  const affinity = { ...before.spec.affinity, nodeAffinity: now.spec.affinity?.nodeAffinity }
  const none = Object.values(affinity).every((part) => part === undefined)
  return {
    ...before,
    metadata: {
      ...before.metadata,
      annotations: now.metadata?.annotations,
      labels: now.metadata?.labels,
    },
    spec: {
      ...before.spec,
      affinity: none && !now.spec.affinity ? undefined : affinity,
      nodeSelector: now.spec.nodeSelector,
      tolerations: now.spec.tolerations,
      schedulingGates: now.spec.schedulingGates,
      containers: withResourcesOf(before.spec.containers, now.spec.containers),
      ...(before.spec.initContainers && {
        initContainers: withResourcesOf(before.spec.initContainers, now.spec.initContainers),
      }),
    },
  }
}

const withResourcesOf = (before: Container[], now: Container[] = []): Container[] =>
  before.map((container) => {
    const { resources, ...rest } = container
    const same = now.find(({ name }) => name === container.name)
    return same ? { ...rest, ...(same.resources && { resources: same.resources }) } : container
  })

const many = 100_000
const manyAtOnce = 10_000

/** Of a Job's specification, wherever it stands. */
export function jobSpecWarnings(spec: JobSpec, field: string): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec
  return completionMode === 'Indexed' && completions > many && parallelism > manyAtOnce
    ? [
        `${field}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
      ]
    : []
}
