/**
 * How a Job finds its pods: by labels that no other Job has. They are made from its name and uid, under two names
 * each, the older one without a prefix; only a Job that says `manualSelector` chooses its own.
 */

import type { Job } from '../../../api/types.ts'
import { validateSelected } from '../core/pod/pod-template-validation.ts'
import { type FieldErrors, invalid, required } from '../field-errors.ts'
import { labelsMatch, validateLabelSelector } from '../label-selector-validation.ts'

const uidLabel = 'batch.kubernetes.io/controller-uid'
const nameLabel = 'batch.kubernetes.io/job-name'

const labelsOf = ({ metadata }: Job): Record<string, string> => ({
  'controller-uid': metadata.uid ?? '',
  'job-name': metadata.name ?? '',
  [uidLabel]: metadata.uid ?? '',
  [nameLabel]: metadata.name ?? '',
})

/** What the template and the selector say already stays, for validation to refuse. */
export function generateSelector(job: Job): void {
  const { spec } = job
  if (!spec?.template || spec.manualSelector) return
  spec.template.metadata = {
    ...spec.template.metadata,
    labels: { ...labelsOf(job), ...spec.template.metadata?.labels },
  }
  const uid = job.metadata.uid ?? ''
  spec.selector = {
    ...spec.selector,
    matchLabels: { [uidLabel]: uid, ...spec.selector?.matchLabels },
  }
}

/** @param old before the newer names there were Jobs without them; those may go on so. */
export function* validateSelector(job: Job, old: Job | undefined): FieldErrors {
  const { selector, template, manualSelector } = job.spec ?? {}
  if (!selector) yield required('spec.selector')
  else yield* validateLabelSelector(selector, 'spec.selector')
  if (!manualSelector && selector) {
    const prefixed = !old || [uidLabel, nameLabel].every((key) => key in labelsOfTemplate(old))
    const expected = Object.fromEntries(
      Object.entries(labelsOf(job)).filter(([key]) => prefixed || !key.includes('/')),
    )
    for (const [key, value] of Object.entries(expected)) {
      const at = `spec.template.metadata.labels[${key}]`
      const found = labelsOfTemplate(job)[key]
      if (found === undefined) yield required(at, `must be '${value}'`)
      else if (found !== value) yield invalid(at, labelsOfTemplate(job), `must be '${value}'`)
    }
    if (labelsMatch(selector, expected) === false)
      yield invalid('spec.selector', selector, '`selector` not auto-generated')
  }
  if (selector) yield* validateSelected(selector, template, 'spec.template')
}

const labelsOfTemplate = ({ spec }: Job) => spec?.template?.metadata?.labels ?? {}
