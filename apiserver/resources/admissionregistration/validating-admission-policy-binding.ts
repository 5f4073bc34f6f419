/** ValidatingAdmissionPolicyBinding: where a policy holds, with what parameters, and what follows when it fails. */

import type { ValidatingAdmissionPolicyBinding } from '../../../api/types.ts'
import { duplicate, type FieldErrors, invalid, notSupported, required } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import {
  defaultPolicyBinding,
  policyBindingColumns,
  validatePolicyBinding,
} from './policy-rules.ts'

const actions = ['Audit', 'Deny', 'Warn']
const field = 'spec.validationActions'

export const validatingAdmissionPolicyBindings = defineResource<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  strategy: {
    unconditionalUpdate: false,
    default: defaultPolicyBinding,
    // The misspelled field is how the API names it.
    validate: (binding) => [
      ...validatePolicyBinding(binding, 'spec.matchResouces'),
      ...validateActions(binding.spec?.validationActions ?? []),
    ],
  },
  subresources: [],
  columns: policyBindingColumns,
})

function* validateActions(given: string[]): FieldErrors {
  const seen = new Set<string>()
  for (const [index, action] of given.entries()) {
    if (!actions.includes(action)) yield notSupported(`${field}[${index}]`, action, actions)
    if (seen.has(action)) yield duplicate(`${field}[${index}]`, action)
    seen.add(action)
  }
  if (seen.has('Deny') && seen.has('Warn'))
    yield invalid(
      field,
      given,
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    )
  if (seen.size === 0) yield required(field, 'at least one validation action is required')
}
