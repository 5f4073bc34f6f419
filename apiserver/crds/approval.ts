/** Groups of the Kubernetes project are for APIs that it has approved; a condition says whether a definition's was. */

import type { Condition } from '../resources/apiextensions/definition-conditions.ts'
import type { CustomResourceDefinition } from '../schema/structural/definition.ts'

const annotation = 'api-approved.kubernetes.io'
const policy = 'see https://github.com/kubernetes/enhancements/pull/1111'

const isProtected = (group: string) =>
  ['k8s.io', 'kubernetes.io'].some((domain) => group === domain || group.endsWith(`.${domain}`))

/** Absent for all other groups. */
export function approvalOf({ spec, metadata }: CustomResourceDefinition): Condition | undefined {
  if (!isProtected(spec.group)) return undefined
  const type = 'KubernetesAPIApprovalPolicyConformant'
  const value = metadata.annotations?.[annotation] ?? ''
  const required = `protected groups must have approval annotation "${annotation}"`
  if (value === '')
    return { type, status: 'False', reason: 'MissingAnnotation', message: `${required}, ${policy}` }
  if (value.startsWith('unapproved'))
    return {
      type,
      status: 'False',
      reason: 'UnapprovedAnnotation',
      message: `not approved: ${JSON.stringify(value)}`,
    }
  if (isUrl(value))
    return { type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${value}` }
  const message = `${required} with either a URL or a reason starting with "unapproved", ${policy}`
  return { type, status: 'False', reason: 'InvalidAnnotation', message }
}

function isUrl(value: string): boolean {
  return URL.canParse(value) && /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(value)
}
