/** Definitions in Kubernetes' own groups say by whom they were approved, or that they were not. */

import type { CustomResourceDefinition } from '../../schema/structural/definition.ts'
import { type FieldErrors, invalid, required } from '../field-errors.ts'

const annotation = 'api-approved.kubernetes.io'
const where = 'see https://github.com/kubernetes/enhancements/pull/1111'

type Approval = 'missing' | 'invalid' | 'approved' | 'bypassed'

export const isProtectedGroup = (group: string): boolean =>
  /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group)

/** An approval that was as good or bad before is let pass. */
export function* validateApproval(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldErrors {
  if (!isProtectedGroup(definition.spec.group)) return
  const approval = approvalOf(definition)
  if (old && approvalOf(old) === approval) return
  const field = `metadata.annotations[${annotation}]`
  if (approval === 'missing')
    yield required(
      field,
      `protected groups must have approval annotation ${JSON.stringify(annotation)}, ${where}`,
    )
  else if (approval === 'invalid')
    yield invalid(
      field,
      definition.metadata.annotations?.[annotation],
      `protected groups must have approval annotation ${JSON.stringify(annotation)} with either a URL or a reason starting with "unapproved", ${where}`,
    )
}

/** Also of interest to who sets the condition `KubernetesAPIApprovalPolicyConformant`. */
export function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const text = metadata.annotations?.[annotation] ?? ''
  if (text === '') return 'missing'
  if (text.startsWith('unapproved')) return 'bypassed'
  const url = URL.parse(text)
  return url && url.host !== '' ? 'approved' : 'invalid'
}
