/** What the audit log says of a request on behalf of validating policies. */

import type { AdmissionRequest } from '../admission.ts'
import type { BoundPolicy } from './bound-policies.ts'
import type { Findings } from './validation-findings.ts'

/** Characters of one value. */
const longestValue = 10 * 1024

/** Values of a policy's annotations, over all of its bindings and parameters. */
export class PolicyNotes {
  readonly #values = new Map<string, Set<string>>()

  add(policy: string, { annotations }: Findings): void {
    for (const [key, value] of annotations) {
      const name = `${policy}/${key}`
      const values = this.#values.get(name) ?? new Set()
      this.#values.set(name, values.add(value.slice(0, longestValue)))
    }
  }

  publish({ audit }: AdmissionRequest): void {
    for (const [name, values] of this.#values) audit?.annotate(name, [...values].join(', '))
  }
}

/** A finding that a binding wishes to be told there. */
export function noteFailure(
  { audit }: AdmissionRequest,
  { name, spec }: BoundPolicy<never, never>['bindings'][number],
  { message, index }: { message: string; index: number },
): void {
  const { policyName: policy = '', validationActions } = spec
  const failure = { message, policy, binding: name, expressionIndex: index, validationActions }
  audit?.annotate(
    'validation.policy.admission.k8s.io/validation_failure',
    JSON.stringify([failure]),
  )
}
